// The numbers of a call that every row needs, in the precision of the kernels.
#pragma once

#include "../../core/normalization.h"
#include "../kernels.h"

namespace SEMD_ISA {

struct RowOptions {
  float cross_entropy_weight, emd_weight;
  float emd_scale;  // this and `root` are those of core/normalization.h
  bool root;

  explicit RowOptions(const semd::Task& task) {
    const semd_problem& problem = *task.problem;
    cross_entropy_weight = static_cast<float>(problem.cross_entropy_weight);
    emd_weight = static_cast<float>(problem.emd_weight);
    emd_scale = semd::emd_scale(problem, task.ground->terms());
    root = semd::takes_root(problem);
  }
};

// Whether exponentials are kept in two parts: p - t may cancel.
static inline bool keeps_low_parts(const semd::Task& task) {
  return !task.of_classes() && task.of_logits();
}

static inline int count_bits(unsigned x) {
  // Portable; without a popcount instruction std::bitset would be a library call.
  x = x - (x >> 1 & 0x55555555u);
  x = (x & 0x33333333u) + (x >> 2 & 0x33333333u);
  x = (x + (x >> 4)) & 0x0f0f0f0fu;
  return static_cast<int>(x * 0x01010101u >> 24);
}

}  // namespace SEMD_ISA
