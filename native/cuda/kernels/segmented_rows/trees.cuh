// Segmented rows (row.cuh): logits over a tree, with class indices or distributions. E = sum w_e |m_e|^rho over the edges, m_e
// the mass that crosses edge e (mathematics, "Trees"). Each thread goes through a segment of neighbouring nodes in preorder, in
// which the subtree of a node is a range:
//
//   below    a subtree's mass, the difference of two sums of the masses in preorder
//   far      the mass beyond the edge above a node: what is below or, on the path from the root to the label, all that is not
//   path     the sum of the slopes from the root to a node: of all nodes entered so far, less those left before. The nodes left
//            before node v are the first v - depth(v) in postorder, so slopes are written in that order and added up once more
//
// These differences may cancel. So what is added up are integers, of which none is lost: masses in units of a 2^30th of all that
// moves, slopes such that no path has more than 2^31. Sums wrap around; differences are exact all the same. What that costs is in
// mathematics, section 5; trees of which an edge is very much shorter than the longest path have class indices in tiled rows.
#pragma once

#include "../tree_units.cuh"
#include "distributions.cuh"

namespace semd::cuda {

template <class AnyBase>
class OnSegmentedTree : public AnyBase {
 public:
  using Base = AnyBase;
  using typename Base::Element;
  using Base::problem, Base::group;
  static constexpr bool kReadsGaps = false;

  static bool serves(const RowProblem& p, bool distribution) {
    return p.input == SEMD_LOGITS && p.distribution() == distribution && segments_of(p.ground).nodes;
  }
  // Whether classes are numbered in another way than in preorder. Code for those that are not needs no list of them.
  static __host__ __device__ __forceinline__ bool is_scattered(const GroundView& ground) { return segments_of(ground).classes; }

 protected:
  using Base::begin_, Base::count_;

  // The first and the last of the row's arrays are the tree's.
  __device__ __forceinline__ OnSegmentedTree(const RowProblem& p, void* sums, char* memory, int arrays)
      : Base(p, sums, memory, p.classes, arrays) {
    const size_t each = SegmentMemory(p.classes, group.size(), sizeof(Element)).numbers / sizeof(float);
    slopes_ = reinterpret_cast<unsigned*>(this->arrays_);
    sums_ = reinterpret_cast<unsigned*>(this->arrays_ + static_cast<size_t>(arrays - 1) * each);
  }

  // From the masses of the classes, of which all of the row's add up to `all`, to paths. A label's own mass must be left out; without
  // one, `own` is what the masses of the thread's segment add up to, less rounded than they are.
  template <bool kHasLabel>
  __device__ __forceinline__ void measure_tree(const float* masses, float all, double own) {
    const float unit = all * (1 / kTreeMass);
    const unsigned total = is_scattered() ? add_up_masses<true, false>(masses, all, own)
                                          : add_up_masses<false, !kHasLabel>(masses, all, own);
    const Tally tally = problem.power == 2 ? find_slopes<kHasLabel, true>(total) : find_slopes<kHasLabel, false>(total);
    add_up_slopes();
    entered_ = tally.before - tally.total;  // paths are given less the label's
    slope_unit_ = problem.ground.path_unit * (problem.power == 2 ? unit : 1 / kTreeMass);
    emd_ = tally.sum * slope_unit_ * unit;
  }

  // Calls body(v, class, its value, its path less the label's, slope of its node) for each node of the thread. `slope_unit_` is
  // the unit of paths; the slope's place may be used for something else.
  template <class Body>
  __device__ __forceinline__ void each_path(const float* values, Body body) const {
    is_scattered() ? each_path_as<true>(values, body) : each_path_as<false>(values, body);
  }
  // Once more, where the path was left in the slope's place: calls body(class, its two values, path).
  template <class Body>
  __device__ __forceinline__ void each_kept_path(const float* first, const float* second, Body body) const {
    is_scattered() ? each_kept_path_as<true>(first, second, body) : each_kept_path_as<false>(first, second, body);
  }

  // Writes an entry of the gradient, in full precision, too, for all_but.
  __device__ __forceinline__ void write_entry(int i, float entry) const {
    from_float(entry, this->raw_[i]);
    if (!Base::Layout::kWide) this->values_[i - begin_] = entry;
  }

  // Threads have written numbers of their nodes' classes, and will read those of the classes in their segments, or the reverse.
  // Exchanges of a block are barriers, so where there has been one only groups in warps have to meet.
  __device__ __forceinline__ void meet() {
    if constexpr (Base::Layout::Group::kSize != 0) group.synchronize();
  }
  __device__ __forceinline__ void meet_if_scattered() {
    if (is_scattered()) group.synchronize();
  }

  double slope_unit_;
  double emd_;  // as the masses were given

 private:
  __device__ __forceinline__ bool is_scattered() const { return is_scattered(problem.ground); }
  template <bool kScattered>
  __device__ __forceinline__ int class_of(int v) const {
    return kScattered ? segments_of(problem.ground).classes[v * group.size() + group.rank] : begin_ + v;
  }
  __device__ __forceinline__ const TreeNode& node(int v) const {
    return segments_of(problem.ground).nodes[v * group.size() + group.rank];
  }
  static __host__ __device__ __forceinline__ const TreeSegments& segments_of(const GroundView& ground) {
    return ground.segments[Base::Layout::kWide ? 0 : 1];
  }
  static __device__ __forceinline__ int size_of(int place) { return place & 0xffff; }
  static __device__ __forceinline__ int behind_of(int place) { return place >> 16; }

  // Calls use(v, read(v)) for each node, with several reads under way at a time: they do not wait for what is written.
  template <class Read, class Use>
  __device__ __forceinline__ void each_node(Read read, Use use) const {
    int v = 0;
    for (; v + 8 <= count_; v += 8) {
      decltype(read(0)) found[8];
#pragma unroll
      for (int k = 0; k < 8; k++) found[k] = read(v + k);
#pragma unroll
      for (int k = 0; k < 8; k++) use(v + k, found[k]);
    }
#pragma unroll 1
    for (; v < count_; v++) use(v, read(v));
  }

  // `sums_` become those of the masses in front of each node. Returns the sum of all.
  template <bool kScattered, bool kKnown>
  __device__ __forceinline__ unsigned add_up_masses(const float* masses, float all, double own) {
    unsigned* sums = sums_ + begin_;
    unsigned sum = 0;
    Rounding rounding;
    const float units = kTreeMass / all;
    each_node([&](int v) { return masses[class_of<kScattered>(v)]; },
              [&](int v, float mass) {
                sums[v] = sum;
                sum += rounding.of(mass * units);
              });
    // What rounding leaves of a thread's masses counts for the threads behind it.
    const double left = static_cast<double>(rounding.left());
    const Scan<double> scan = group.scan(kKnown ? own * units : static_cast<double>(static_cast<int>(sum)) + left);
    const auto start = static_cast<unsigned>(static_cast<int>(rint(scan.before)));
    const auto total = static_cast<unsigned>(static_cast<int>(rint(scan.total)));
    each_node([&](int v) { return sums[v]; }, [&](int v, unsigned before) { sums[v] = before + start; });
    if (group.rank == 0) sums_[problem.classes] = total;
    group.synchronize();
    return total;
  }

  // Writes the slopes in postorder. On a label's path mass moves upwards: less than nothing, downwards. Returns the sum of the
  // slopes of the nodes before the thread's, that of the label's path, and E.
  template <bool kHasLabel, bool kSquared>
  __device__ __forceinline__ Tally find_slopes(unsigned all) {
    struct Found {
      int place;
      float length;
      unsigned end, begin;  // of what is below, in the sums
    };
    const unsigned* sums = sums_ + begin_;
    unsigned* slopes = slopes_ + begin_;
    const int own = kHasLabel ? problem.ground.preorder_of_class[this->label] - begin_ : 0;
    unsigned entered = 0, own_path = 0;
    Rounding rounding;
    Run emd;
    each_node(
        [&](int v) {
          const TreeNode found = node(v);
          return Found{found.place, found.length, sums[v + size_of(found.place)], sums[v]};
        },
        [&](int v, const Found& found) {
          const bool on_path = kHasLabel && static_cast<unsigned>(own - v) < static_cast<unsigned>(size_of(found.place));
          const auto far = static_cast<float>(static_cast<int>(found.end - found.begin - (on_path ? all : 0)));
          // With a label and power 1 the sign is known, however little moves.
          const float sign = kHasLabel ? (on_path ? -1.0f : 1.0f) : sign_of(far);
          const float exact = found.length * (kSquared ? far : kTreeMass * sign);
          emd.add(v, exact * far);
          const unsigned slope = rounding.of(exact);
          entered += slope;
          own_path += on_path ? slope : 0;
          slopes[v + behind_of(found.place)] = slope;
        });
    meet();
    return group.tally(entered, own_path, emd.total());
  }

  // `sums_` become those of the slopes in front of each node in postorder.
  __device__ __forceinline__ void add_up_slopes() {
    const unsigned* slopes = slopes_ + begin_;
    unsigned* sums = sums_ + begin_;
    unsigned sum = 0;
    each_node([&](int v) { return slopes[v]; }, [&](int, unsigned slope) { sum += slope; });
    sum = group.scan(sum).before;
    each_node([&](int v) { return slopes[v]; },
              [&](int v, unsigned slope) {
                sums[v] = sum;
                sum += slope;
              });
    group.synchronize();
  }

  template <bool kScattered, class Body>
  __device__ __forceinline__ void each_path_as(const float* values, Body body) const {
    struct Found {
      int place, i;
      unsigned slope, left;
      float value;
    };
    const unsigned* sums = sums_ + begin_ + 1;
    unsigned* slopes = slopes_ + begin_;
    unsigned entered = entered_;
    each_node(
        [&](int v) {
          const int place = node(v).place, i = class_of<kScattered>(v), behind = behind_of(place);
          // In front of a node its subtree and the nodes left before it come in postorder.
          return Found{place, i, slopes[v + behind], sums[v + behind - size_of(place)], values[i]};
        },
        [&](int v, const Found& found) {
          entered += found.slope;
          body(v, found.i, found.value, static_cast<int>(entered - found.left), slopes[v + behind_of(found.place)]);
        });
  }

  template <bool kScattered, class Body>
  __device__ __forceinline__ void each_kept_path_as(const float* first, const float* second, Body body) const {
    struct Found {
      int i, path;
      float first, second;
    };
    const unsigned* paths = slopes_ + begin_;
    each_node(
        [&](int v) {
          const int i = class_of<kScattered>(v);
          return Found{i, static_cast<int>(paths[v + behind_of(node(v).place)]), first[i], second[i]};
        },
        [&](int, const Found& found) { body(found.i, found.first, found.second, found.path); });
  }

  unsigned *slopes_, *sums_;
  unsigned entered_;
};

template <class L>
class SegmentedTreeRow : public OnSegmentedTree<SegmentedRow<L>> {
 public:
  using Base = OnSegmentedTree<SegmentedRow<L>>;
  using Base::problem, Base::group, Base::counts, Base::label, Base::inverse;
  static constexpr int kArrays = 2;

  static bool serves(const RowProblem& p) { return Base::serves(p, false) && !p.ground.short_edges; }

  __device__ __forceinline__ SegmentedTreeRow(const RowProblem& p, void* sums, char* memory)
      : Base(p, sums, memory, kArrays) {}

  // From logits to exponentials, their sum, and the cross entropy.
  __device__ __forceinline__ void take() {
    const float own = this->arrive();
    if (holds_label_) from_float(-INFINITY, raw_[label]);  // the label's own mass does not move
    const float top = group.max(this->highest(own));
    moved_ = group.sum(this->exponentials_below(top).total());
    own_e_ = exponential(own - top);
    this->close_sum(counts ? moved_ + own_e_ : 1.0f, own - top);
    top_place_ = has_dominant_entry(sum_) && own_e_ != 1 ? this->find_top() : -1;
  }

  __device__ __forceinline__ void measure() {
    this->meet();
    this->template measure_tree<true>(values_ - begin_, fmaxf(moved_, kLeastMoved), 0);
    const bool squared = problem.power == 2;
    if (!squared) {
      // Sums of masses are rounded for each edge, paths are not: the mean distance from the label.
      Run mean;
      this->each_path(values_ - begin_,
                      [&](int v, int, float e, int path, unsigned) { mean.add(v, e * static_cast<float>(path)); });
      this->emd_ = group.sum(static_cast<double>(mean.total())) * this->slope_unit_;
    }
    this->close_emd(static_cast<float>(this->emd_), squared);
  }

  // alpha e_i (A_i - center) + gamma (p_i - t_i)
  __device__ __forceinline__ void write_gradient(float alpha, float gamma) {
    const bool dominated = has_dominant_entry(sum_);
    const float slope = alpha * static_cast<float>(this->slope_unit_);
    const float level = fmaf(alpha, -center_, gamma * inverse);
    this->each_path(values_ - begin_, [&](int, int i, float e, int path, unsigned) {
      this->write_entry(i, e * fmaf(slope, static_cast<float>(path), level));
    });
    this->meet_if_scattered();
    this->settle(alpha, gamma, dominated, top_place_);
  }

 private:
  using Base::raw_, Base::values_, Base::begin_, Base::holds_label_, Base::own_e_, Base::sum_, Base::center_;

  float moved_;  // the mass of all classes but the label
  int top_place_;
};

template <class L>
class SegmentedTreeDistributionRow : public OnSegmentedTree<SegmentedDistribution<L>> {
 public:
  using Base = OnSegmentedTree<SegmentedDistribution<L>>;
  using Base::problem, Base::group, Base::emd, Base::gain;
  static constexpr int kArrays = 3;

  // E of power 1 is as uncertain as the masses in front of a thread's nodes, of which the exact sum is known where its nodes are the
  // classes of its segment.
  static bool serves(const RowProblem& p) { return Base::serves(p, true) && (p.power == 2 || !Base::is_scattered(p.ground)); }

  // Slopes take the place of the targets, which are no longer needed then.
  __device__ __forceinline__ SegmentedTreeDistributionRow(const RowProblem& p, void* sums, char* memory)
      : Base(p, sums, memory, kArrays) {}

  __device__ __forceinline__ void measure() {
    Run sizes;
    this->find_excess([&](int v, const auto&, const auto& x) {
      constexpr int kCount = sizeof x / sizeof *x;
#pragma unroll
      for (int k = 0; k < kCount; k++) sizes.add(v + k, fabsf(x[k]));
    });
    const float all = group.sum(sizes.total());
    this->meet_if_scattered();
    this->template measure_tree<false>(excess_ - begin_, fmaxf(all, kLeastShare * static_cast<float>(masses_.sum)),
                                       this->own_excess());
    const bool squared = problem.power == 2;
    emd = static_cast<float>(this->emd_ * (squared ? masses_.inverse * masses_.inverse : masses_.inverse));
    gain = squared ? static_cast<float>(2 * masses_.inverse) : 1.0f;
    Run mean;
    this->each_path(values_ - begin_, [&](int v, int, float e, int path, unsigned& slope) {
      mean.add(v, e * static_cast<float>(path));
      slope = static_cast<unsigned>(path);
    });
    center_ = static_cast<float>(group.sum(static_cast<double>(mean.total())) * this->inverse_);
  }

  // alpha e_i (path_i - center) + gamma (p_i - t_i / S)
  __device__ __forceinline__ void write_gradient(float alpha, float gamma) {
    alpha *= static_cast<float>(this->slope_unit_);
    gamma *= static_cast<float>(masses_.inverse);
    this->each_kept_path(values_ - begin_, excess_ - begin_, [&](int i, float e, float excess, int path) {
      this->write_entry(i, fmaf(gamma, excess, e * (alpha * (static_cast<float>(path) - center_))));
    });
    this->meet_if_scattered();
    this->settle();
  }

 private:
  using Base::begin_, Base::values_, Base::excess_, Base::masses_, Base::center_;
};

}  // namespace semd::cuda
