// One look at labels and weights before anything is written: are they valid, and what do the row weights add up to?
#pragma once

#include "../squared_emd.h"

namespace semd {

// Sets index and value of `result` where a label or weight is invalid. `total` is the sum of s_b over the rows, the
// divisor of the reduction `mean`; a row whose distribution is invalid enters with its sample weight alone.
semd_status check_rows(const semd_problem& problem, int64_t rows, semd_result& result, double& total);

}  // namespace semd
