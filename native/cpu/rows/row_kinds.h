// Which rows of a batch of distributions are class indices, and which do not count.
#pragma once

#include "../../include/squared_emd.h"

namespace semd {

struct RowKinds {
  int64_t classes, none, spread;  // rows of each kind
};

// Writes the kind (kernels.h) of each row of the problem, whose targets are distributions.
RowKinds find_row_kinds(const semd_problem& problem, int64_t rows, int32_t* kinds);

}  // namespace semd
