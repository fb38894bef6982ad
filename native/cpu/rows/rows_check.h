// One pass over labels and weights before anything is written: whether they are valid, and the sum of the row weights.
#pragma once

#include "../../include/squared_emd.h"

namespace semd {

// Sets index and value of `result` where a label or weight is invalid. For class indices `total` becomes the sum of the row
// weights, the divisor of the reduction `mean`.
semd_status check_rows(const semd_problem& problem, int64_t rows, semd_result& result, double& total);

// The same sum for int32 labels that have been checked, and for distributions whose rows are of these kinds (kernels.h). A
// row that is not a distribution counts with its sample weight alone.
double sum_weights(const semd_problem& problem, int64_t rows);
double sum_weights(const semd_problem& problem, const int32_t* kinds, int64_t rows);

}  // namespace semd
