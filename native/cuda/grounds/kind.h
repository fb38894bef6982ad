// What a kind of ground distance is on the device: what kernels read of it, and which kernels serve it. Each kind stands in a
// file of its own; `kind_of` (ground.cpp) is the one place that tells them apart.
#pragma once

#include "../../core/ground.h"
#include "../kernels/kernel_list.h"
#include "package.h"

namespace semd::cuda {

struct GroundKind {
  // Adds the arrays to `package`, and sets what else the view has. The view must stay where it is until the package has
  // been pointed into memory.
  void (*describe)(const ::semd_ground& ground, Package& package, GroundView& view);
  const LossKernels& (*kernels)(const RowProblem& problem);
};

extern const GroundKind line_kind;    // line.cpp
extern const GroundKind circle_kind;  // line.cpp
extern const GroundKind tree_kind;    // tree.cpp
extern const GroundKind matrix_kind;  // matrix.cpp

// Null for what is no kind.
const GroundKind* kind_of(semd_ground_kind kind);

}  // namespace semd::cuda
