// Enqueues the matrix product of an energy, problem.products = problem.masses M, for the rows of a launch.
#pragma once

#include "row_problem.h"

namespace semd::cuda {

cudaError_t enqueue_energy_product(const RowProblem& problem, int multiprocessors, cudaStream_t stream);

}  // namespace semd::cuda
