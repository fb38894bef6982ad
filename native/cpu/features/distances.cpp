// Distances between all pairs of points, and the scales that make them a ground distance (mathematics, "Learned distances").
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <memory>
#include <new>
#include <vector>

#include "../../core/no_throw.h"
#include "../../core/validity.h"
#include "../../include/squared_emd_centroids.h"
#include "../denormals.h"
#include "../instruction_set.h"
#include "../kernels.h"
#include "../threads/thread_count.h"
#include "../threads/threads.h"

namespace semd {
namespace {

constexpr int64_t kThreadTerms = 1 << 17;  // pairs times features; for fewer a thread is not worth waking
constexpr int64_t kThreadRanks = 1 << 14;
// Two blocks of points should fit into the second-level cache.
constexpr int64_t kBlockBytes = 128 << 10;
constexpr int64_t kMostBlockRows = 64;
constexpr int64_t kFewestBlockRows = 8;

struct Blocks {
  PointPairs pairs;
  int64_t size, count;  // rows in a block, and the number of blocks
};

// Computes the pair of blocks (i, j), i <= j, that is number `piece` in the order of the rows of the triangle.
void distance_piece(void* context, int64_t piece, int) {
  const auto& run = *static_cast<const Blocks*>(context);
  int64_t i = 0;
  for (int64_t left = run.count; piece >= left; left--, i++) piece -= left;
  const int64_t j = i + piece;
  const auto end = [&](int64_t block) { return std::min((block + 1) * run.size, run.pairs.rows); };
  const FlushDenormals flush;
  kernels().block_distances(run.pairs, i * run.size, end(i), j * run.size, end(j));
}

// The largest magnitude among finite numbers. It compares their bits, which are in the same order.
float largest_magnitude(const float* values, int64_t count) {
  constexpr int32_t kInfinity = 0x7f800000;
  int32_t largest = 0;
  for (int64_t i = 0; i < count; i++) {
    int32_t bits;
    std::memcpy(&bits, values + i, sizeof(bits));
    bits &= 0x7fffffff;
    const int32_t finite = bits < kInfinity ? bits : 0;
    largest = finite > largest ? finite : largest;
  }
  float magnitude;
  std::memcpy(&magnitude, &largest, sizeof(magnitude));
  return magnitude;
}

// Points as the kernel wants them.
//
// Rows begin at whole cache lines, as vectors that cross lines are read at half the speed. JavaScript's arrays may begin
// anywhere, so most are copied, with zeros behind each row. And no square of a number may become infinite or be flushed to
// zero: where one could, the points are multiplied by a power of two, and the distances divided by it.
class PreparedPoints {
 public:
  explicit PreparedPoints(const PointPairs& pairs) : pairs_(pairs) {
    const int64_t stride = (pairs.features + kLineFloats - 1) / kLineFloats * kLineFloats;
    const bool aligned = reinterpret_cast<uintptr_t>(pairs.points) % kLine == 0 && stride == pairs.features;
    const float largest = largest_magnitude(pairs.points, pairs.rows * pairs.features);
    if (largest > kMost || (largest > 0 && largest < kLeast)) exponent_ = -std::ilogb(largest);
    if (exponent_ == 0 && (aligned || pairs.rows < kFewestBlockRows)) return;
    copy_.reset(new (std::nothrow) float[static_cast<size_t>(pairs.rows * stride + kLineFloats)]);
    if (!copy_) {
      if (exponent_ != 0) throw std::bad_alloc();
      return;  // without memory for a copy it is slower, not wrong
    }
    const auto begin = reinterpret_cast<uintptr_t>(copy_.get());
    auto* points = reinterpret_cast<float*>((begin + kLine - 1) / kLine * kLine);
    for (int64_t row = 0; row < pairs.rows; row++) {
      const float* from = pairs.points + row * pairs.features;
      float* to = points + row * stride;
      std::fill(std::copy(from, from + pairs.features, to), to + stride, 0.0f);
      if (exponent_ == 0) continue;
      for (int64_t i = 0; i < pairs.features; i++) to[i] = std::ldexp(to[i], exponent_);
    }
    pairs_.points = points;
    pairs_.features = stride;
  }
  const PointPairs& pairs() const { return pairs_; }
  // Makes distances between the prepared points those between the given ones.
  void undo_scale(float* distances, int64_t count) const {
    if (exponent_ == 0) return;
    for (int64_t i = 0; i < count; i++) distances[i] = std::ldexp(distances[i], -exponent_);
  }

 private:
  static constexpr uintptr_t kLine = 64;
  static constexpr int64_t kLineFloats = kLine / sizeof(float);
  // Sums of 2^24 squares of numbers up to kMost are finite, and the square of kLeast is well above the smallest normal number.
  static constexpr float kMost = 1e15f, kLeast = 1e-12f;

  PointPairs pairs_;
  std::unique_ptr<float[]> copy_;
  int exponent_ = 0;
};

void distances(const PointPairs& given, int32_t threads) {
  if (given.rows == 0) return;
  const PreparedPoints points(given);
  const PointPairs& pairs = points.pairs();
  const int64_t panel = std::min<int64_t>(pairs.features, 1024) * static_cast<int64_t>(sizeof(float));
  Blocks run{pairs, 0, 0};
  run.size = std::clamp(kBlockBytes / panel, kFewestBlockRows, kMostBlockRows);
  run.count = (pairs.rows + run.size - 1) / run.size;
  const int64_t pieces = run.count * (run.count + 1) / 2;
  const int64_t wanted = std::min(threads_for(threads, pairs.rows * pairs.rows / 2 * pairs.features, kThreadTerms), pieces);
  parallel_for(static_cast<int>(wanted), pieces, distance_piece, &run);
  points.undo_scale(given.out, given.rows * given.rows);
}

// Ranks the numbers of a row by a radix sort, eleven bits at a time, of their bits: those of floats that are not negative are
// in the same order as the floats.
class Ranker {
 public:
  explicit Ranker(size_t count) : keys_(count), other_(count) {}

  // Replaces each value at these places by the number of values at these places that are smaller.
  void rank(float* values, const std::vector<int32_t>& places) {
    constexpr int kBits = 11, kPasses = 3, kBuckets = 1 << kBits;
    const size_t count = places.size();
    uint32_t histogram[kPasses][kBuckets] = {};
    for (size_t i = 0; i < count; i++) {
      uint32_t key;
      std::memcpy(&key, values + places[i], sizeof key);
      keys_[i] = {key, places[i]};
      for (int pass = 0; pass < kPasses; pass++) histogram[pass][key >> (pass * kBits) & (kBuckets - 1)]++;
    }
    Key* from = keys_.data();
    Key* to = other_.data();
    for (int pass = 0; pass < kPasses; pass++) {
      uint32_t place = 0;
      for (uint32_t& bucket : histogram[pass]) {
        const uint32_t size = bucket;
        bucket = place;
        place += size;
      }
      for (size_t i = 0; i < count; i++) to[histogram[pass][from[i].bits >> (pass * kBits) & (kBuckets - 1)]++] = from[i];
      std::swap(from, to);
    }
    size_t smaller = 0;
    for (size_t i = 0; i < count; i++) {
      if (i > 0 && from[i].bits != from[i - 1].bits) smaller = i;
      values[from[i].place] = static_cast<float>(smaller);
    }
  }

 private:
  struct Key {
    uint32_t bits;
    int32_t place;
  };
  std::vector<Key> keys_, other_;
};

// A matrix of distances between classes, of which `present` have centroids.
struct Scaling {
  float* matrix;
  int64_t classes;
  std::vector<int32_t> present;
};

constexpr int64_t kRankedAtOnce = 16;  // rows

struct Ranking {
  const Scaling* scaling;
  std::vector<Ranker> rankers;  // one per thread
};

void rank_piece(void* context, int64_t piece, int slot) {
  auto& run = *static_cast<Ranking*>(context);
  const Scaling& scaling = *run.scaling;
  const auto end = std::min(static_cast<int64_t>(scaling.present.size()), (piece + 1) * kRankedAtOnce);
  for (int64_t i = piece * kRankedAtOnce; i < end; i++) {
    float* row = scaling.matrix + scaling.present[static_cast<size_t>(i)] * scaling.classes;
    run.rankers[static_cast<size_t>(slot)].rank(row, scaling.present);
  }
}

// R_ij = #{l : d_il < d_ij} / (C - 1), D = (R + R^T) / 2
void rank(Scaling& run, int32_t threads) {
  const auto count = static_cast<int64_t>(run.present.size());
  if (count == 0) return;
  const int64_t pieces = (count + kRankedAtOnce - 1) / kRankedAtOnce;
  const int64_t wanted = std::min(threads_for(threads, count * count, kThreadRanks), pieces);
  Ranking ranking{&run, std::vector<Ranker>(static_cast<size_t>(wanted), Ranker(run.present.size()))};
  parallel_for(static_cast<int>(wanted), pieces, rank_piece, &ranking);
  const double scale = 0.5 / static_cast<double>(run.classes - 1);
  constexpr int64_t kSide = 32;  // of squares small enough that the mirror image stays in the cache, too
  for (int64_t a = 0; a < count; a += kSide) {
    for (int64_t b = a; b < count; b += kSide) {
      for (int64_t i = a; i < std::min(a + kSide, count); i++) {
        for (int64_t j = std::max(b, i + 1); j < std::min(b + kSide, count); j++) {
          const int64_t x = run.present[static_cast<size_t>(i)], y = run.present[static_cast<size_t>(j)];
          float& upper = run.matrix[x * run.classes + y];
          float& lower = run.matrix[y * run.classes + x];
          upper = lower = static_cast<float>((static_cast<double>(upper) + static_cast<double>(lower)) * scale);
        }
      }
    }
  }
}

struct Extremes {
  double most = 0, sum = 0;
  int64_t pairs = 0;
};

Extremes extremes_of(const Scaling& run) {
  Extremes found;
  for (size_t i = 0; i < run.present.size(); i++) {
    double sum = 0;
    for (size_t j = i + 1; j < run.present.size(); j++) {
      const double d = run.matrix[static_cast<int64_t>(run.present[i]) * run.classes + run.present[j]];
      found.most = std::max(found.most, d);
      sum += d;
      found.pairs++;
    }
    found.sum += sum;
  }
  return found;
}

void multiply(Scaling& run, double factor) {
  for (const int32_t i : run.present) {
    for (const int32_t j : run.present) {
      float& d = run.matrix[static_cast<int64_t>(i) * run.classes + j];
      d = static_cast<float>(d * factor);
    }
  }
}

// Scales the matrix, and returns how far classes without a centroid are from all others.
double scale_matrix(Scaling& run, int32_t scale, int32_t threads) {
  if (scale == SEMD_SCALE_RANK) {
    rank(run, threads);
    return 1;
  }
  const Extremes found = extremes_of(run);
  const double mean = found.pairs > 0 ? found.sum / static_cast<double>(found.pairs) : 0;
  const double unit = scale == SEMD_SCALE_MAX ? found.most : scale == SEMD_SCALE_MEAN ? mean : 1;
  if (scale != SEMD_SCALE_NONE) multiply(run, unit > 0 ? 1 / unit : 0);
  if (scale == SEMD_SCALE_MAX || found.pairs == 0) return 1;
  return unit > 0 ? static_cast<float>(found.most / unit) : 0;
}

bool has_centroid(const float* centroid, int64_t features) {
  for (int64_t i = 0; i < features; i++) {
    if (!std::isfinite(centroid[i])) return false;
  }
  return true;
}

void class_distances(const PointPairs& pairs, int32_t scale, int32_t threads) {
  Scaling run{pairs.out, pairs.rows, {}};
  std::vector<char> absent(static_cast<size_t>(pairs.rows));
  for (int64_t c = 0; c < pairs.rows; c++) {
    if (has_centroid(pairs.points + c * pairs.features, pairs.features)) {
      run.present.push_back(static_cast<int32_t>(c));
    } else {
      absent[static_cast<size_t>(c)] = 1;
    }
  }
  distances(pairs, threads);
  const auto far = static_cast<float>(scale_matrix(run, scale, threads));
  const bool complete = static_cast<int64_t>(run.present.size()) == pairs.rows;
  for (int64_t i = 0; i < pairs.rows; i++) {
    for (int64_t j = 0; j < pairs.rows && !complete; j++) {
      if (absent[static_cast<size_t>(i)] || absent[static_cast<size_t>(j)]) pairs.out[i * pairs.rows + j] = far;
    }
    pairs.out[i * pairs.rows + i] = 0;
  }
}

}  // namespace
}  // namespace semd

extern "C" {

semd_status semd_cpu_distances(const float* points, int64_t rows, int64_t features, int32_t threads, float* out) {
  if (rows < 0 || features < 1 || (rows > 0 && (!points || !out))) return SEMD_INVALID_PROBLEM;
  return semd::no_throw([&] {
    semd::distances({points, rows, features, out}, threads);
    return SEMD_OK;
  });
}

semd_status semd_cpu_class_distances(const float* centroids, int32_t classes, int64_t features, int32_t scale,
                                     int32_t threads, float* out) {
  if (!semd::is_class_count(classes) || features < 1 || !semd::is_scale(scale)) return SEMD_INVALID_PROBLEM;
  return semd::no_throw([&] {
    semd::class_distances({centroids, classes, features, out}, scale, threads);
    return SEMD_OK;
  });
}

}  // extern "C"
