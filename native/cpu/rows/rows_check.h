// One look at labels and weights before anything is written: are they valid, and what do the row weights add up to?
#pragma once

#include "../../include/squared_emd.h"

namespace semd {

// Sets index and value of `result` where a label or weight is invalid. For class indices `total` is the sum of s_b over the
// rows, the divisor of the reduction `mean`.
semd_status check_rows(const semd_problem& problem, int64_t rows, semd_result& result, double& total);

// That sum for labels of int32 that have been checked, and for distributions whose rows are of these kinds (kernels.h). A
// row that is no distribution enters with its sample weight alone.
double sum_weights(const semd_problem& problem, int64_t rows);
double sum_weights(const semd_problem& problem, const int32_t* kinds, int64_t rows);

}  // namespace semd
