// A kind of ground distance on the device: what kernels read of it, and which kernels serve it. Each kind has a file of its
// own; `kind_of` (ground.cpp) is the one place that tells them apart.
#pragma once

#include "../../core/ground.h"
#include "../kernels/kernel_list.h"
#include "package.h"

namespace semd::cuda {

struct GroundKind {
  // Adds the kind's arrays to `package`, and sets everything else in the view. The view must not move before
  // Package::point_into has set its pointers.
  void (*describe)(const ::semd_ground& ground, Package& package, GroundView& view);
  const LossKernels& (*kernels)(const RowProblem& problem);
  // Elements from one row of `cost` to the next; null if that is the number of classes.
  int (*pitch)(int classes) = nullptr;
};

// ordered_kind and so on; each is defined in the file of its kind.
#define SEMD_DECLARE(NAME, FILE) extern const GroundKind FILE##_kind;
SEMD_GROUND_KINDS(SEMD_DECLARE)
#undef SEMD_DECLARE

// Null if `kind` is out of range.
const GroundKind* kind_of(semd_ground_kind kind);

}  // namespace semd::cuda
