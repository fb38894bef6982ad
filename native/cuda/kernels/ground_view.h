// A ground distance as kernels read it, the same struct for all kinds; the kind has already decided which kernels read it
// (grounds/kind.h). Pointers are to device memory, and null where the kind has no such array.
#pragma once

#include <cuda_runtime.h>

#include <cstdint>

namespace semd::cuda {

// A node of a tree, as segmented rows read it.
struct alignas(8) TreeNode {
  int32_t place;  // how far its place in postorder is behind that in preorder, times 65536, plus the size of its subtree
  float length;   // of the edge above it, in path units

  __device__ int size() const { return place & 0xffff; }
  __device__ int behind() const { return place >> 16; }
  __device__ int depth() const { return size() - 1 - behind(); }

  __host__ __device__ static TreeNode of(int32_t depth, int32_t size, float length) {
    const int32_t behind = size - 1 - depth;
    return {static_cast<int32_t>(static_cast<uint32_t>(behind) << 16) + size, length};
  }
};

// The k-th node of the t-th of `tree_threads` threads is at k * threads + t, so that threads read side by side.
struct TreeSegments {
  const TreeNode* nodes = nullptr;
  const int32_t* classes = nullptr;  // of the nodes; null where they are numbered in preorder
};

struct GroundView {
  int32_t classes;
  // Line and circle.
  int32_t circular;   // whether the first and the last class are neighbours
  int32_t unit_line;  // a line whose gaps are all 1, the most common ground distance
  const float* gaps;  // [classes], then zeros up to a multiple of four; a line's last gap is 0. Null: all gaps are 1
  double total_gap, inverse_total_gap;
  // Circle: the boundary whose gap is so much larger than the others that, with power 2, its slope is found as minus the sum of
  // the other slopes (mathematics, "Circular, power 2"), or -1; and the sum of the other gaps.
  int32_t dominant = -1;
  double other_gaps;
  // The distance from class 0 up to each class as an unevaluated sum, and the rest of the way round the circle.
  const float* position_high;
  const float* position_low;
  const float* position_rest;
  // Tree, in preorder.
  const int32_t* preorder_of_class;
  const int32_t* subtree_size;
  const int32_t* depth;
  const double* length;
  // Tree of at most kMostTreeClasses classes: for segmented rows of float32, and of half precision, of which a thread has other
  // nodes.
  TreeSegments segments[2];
  double path_unit = 1;     // the longest path has a little less than 2 of them
  bool short_edges = false;  // an edge is so much shorter than the longest path that sums along paths are too coarse for it
  // Matrix: costs, [classes, classes]. Energy: M, [classes, energy_pitch(classes)], with zeros behind each row.
  const float* cost;
  // Matrix: what rounding took from each cost, where costs may cancel in a mean; else null.
  const float* cost_rest = nullptr;
  // Energy: the mean of each column of M, [classes]; null where M was computed on the device, for logits alone.
  const double* means = nullptr;
  bool indefinite;  // energy: E may be negative
};

}  // namespace semd::cuda
