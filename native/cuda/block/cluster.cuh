// Clusters: the threads of several blocks that share a row (groups.cuh), from compute capability 9.0 on. Blocks add up what their
// threads have as any block does, and then write it to the shared memory of all blocks of the cluster, one barrier of the cluster
// for each sum.
#pragma once

#include <cooperative_groups.h>

#include "groups.cuh"

namespace semd::cuda {

struct Cluster {
  static constexpr int kSize = 0;  // known at launch
  static constexpr bool kSpansBlocks = true;
  static constexpr int kMostBlocks = 16;
  static constexpr int kMostWarps = Block::kMaxWarps - kMostBlocks;  // of a block
  int rank;

  __device__ __forceinline__ explicit Cluster(void* shared, int = 0)
      : block_(shared), tables_(static_cast<char*>(shared) + kMostWarps * Block::kBytesPerWarp), turn_(0) {
    const auto cluster = cooperative_groups::this_cluster();
    own_ = static_cast<int>(cluster.block_rank());
    blocks_ = static_cast<int>(cluster.num_blocks());
    rank = own_ * static_cast<int>(blockDim.x) + static_cast<int>(threadIdx.x);
    cluster.sync();  // the others' shared memory is there when they have begun
  }
  __device__ __forceinline__ int size() const { return blocks_ * static_cast<int>(blockDim.x); }
  __device__ __forceinline__ int blocks() const { return blocks_; }
  __device__ __forceinline__ void synchronize() { block_.synchronize(); }  // blocks read only their own part of a row

  __device__ __forceinline__ float max(float x) {
    const float* parts = exchange(block_.max(x));
    float top = parts[0];
    for (int block = 1; block < blocks_; block++) top = fmaxf(top, parts[block]);
    return top;
  }
  template <class Number>
  __device__ __forceinline__ Number sum(Number x) {
    const Number* parts = exchange(block_.sum(x));
    Number all = parts[0];
    for (int block = 1; block < blocks_; block++) all += parts[block];
    return all;
  }
  __device__ __forceinline__ bool any_together(bool x) { return x; }
  __device__ __forceinline__ BothWays both_ways(float x) {
    const BothWays inside = block_.both_ways(x);
    const float* parts = exchange(inside.total);
    float before = 0, behind = 0, total = 0;
    for (int block = 0; block < blocks_; block++) {
      if (block < own_) before += parts[block];
      total += parts[block];
    }
    for (int block = blocks_ - 1; block > own_; block--) behind += parts[block];
    return {before + inside.before, behind + inside.behind, total};
  }
  __device__ __forceinline__ Crossing cross(float behind, float before, float first, float second) {
    struct alignas(8) Totals {
      float behind, before;
      double first, second;
    };
    const BothWays of_behind = block_.both_ways(behind), of_before = block_.both_ways(before);
    const Crossing inside = block_.cross(0.0f, 0.0f, first, second);
    const Totals* parts = exchange(Totals{of_behind.total, of_before.total, inside.first, inside.second});
    Crossing all{0, 0, 0, 0};
    for (int block = blocks_ - 1; block > own_; block--) all.behind += parts[block].behind;
    for (int block = 0; block < blocks_; block++) {
      if (block < own_) all.before += parts[block].before;
      all.first += parts[block].first;
      all.second += parts[block].second;
    }
    return {all.behind + of_behind.behind, all.before + of_before.before, all.first, all.second};
  }

 private:
  // Gathers what each block has, [blocks()], in one of two tables by turns: no block can be two exchanges ahead of another.
  template <class Number>
  __device__ __forceinline__ const Number* exchange(const Number& x) {
    static_assert(sizeof(Number) <= Block::kBytesPerWarp, "a table has room for it");
    Number* parts = reinterpret_cast<Number*>(tables_ + turn_ * Block::kMaxWarps * Block::kBytesPerWarp);
    turn_ ^= 1;
    const auto cluster = cooperative_groups::this_cluster();
    if (static_cast<int>(threadIdx.x) < blocks_) *cluster.map_shared_rank(parts + own_, threadIdx.x) = x;
    cluster.sync();
    return parts;
  }

  Block block_;
  char* tables_;
  int turn_, own_, blocks_;
};

}  // namespace semd::cuda
