// Segmented rows (row.cuh): logits over a tree, with class indices or distributions. E = sum w_e |m_e|^rho over the edges, m_e the
// mass that crosses edge e (mathematics, "Trees"). Each thread goes through a segment of neighbouring nodes in preorder, in which the
// subtree of a node is a range:
//
//   below    a subtree's mass, the difference of two sums of the masses in preorder
//   far      the mass beyond the edge above a node: with a class index, on the path from it to the root, all that is not below
//   path     the sum of the slopes from the root to a node: of all nodes entered so far, less those left before. The nodes left
//            before node v are the first v - depth(v) in postorder, so slopes are written in that order and added up once more
//
// These differences may cancel. So what is added up are integers, of which none is lost: masses in units of a 2^30th of all of the
// row's, slopes such that no path has more than 2^31. Sums wrap around; differences are exact all the same. That is as good as
// float64 unless an edge is very much shorter than the longest path; trees with such an edge have class indices in tiled rows.
#pragma once

#include "distributions.cuh"

namespace semd::cuda {

template <class AnyBase>
class OnSegmentedTree : public AnyBase {
 public:
  using Base = AnyBase;
  using Base::problem, Base::group;
  static constexpr bool kReadsGaps = false;

  static bool serves(const RowProblem& p, bool distribution) {
    return p.input == SEMD_LOGITS && p.distribution() == distribution && p.ground.node_span;
  }

 protected:
  // The first and the last of the row's arrays are the tree's.
  __device__ __forceinline__ OnSegmentedTree(const RowProblem& p, void* sums, char* memory, int arrays)
      : Base(p, sums, memory, p.classes, arrays) {
    const size_t each = this->bytes_of_array(p.classes) / sizeof(float);
    slopes_ = reinterpret_cast<unsigned*>(this->arrays_);
    sums_ = reinterpret_cast<unsigned*>(this->arrays_ + static_cast<size_t>(arrays - 1) * each);
  }

  using Base::begin_, Base::count_;
  static constexpr float kAll = 0x1p30f;  // the row's mass in units

  // From the mass of each class to paths. A label's own mass must be left out.
  template <bool kHasLabel, class Mass>
  __device__ __forceinline__ void measure_tree(Mass mass, float all) {
    unit_ = all * (1 / kAll);
    const unsigned total = add_up_masses(mass, kAll / all);
    const Tally tally = problem.power == 2 ? find_slopes<kHasLabel, true>(total) : find_slopes<kHasLabel, false>(total);
    add_up_slopes();
    entered_ = tally.before;
    own_path_ = tally.total;
    slope_unit_ = problem.ground.path_unit * (problem.power == 2 ? unit_ : 1 / kAll);
    emd_ = tally.sum * slope_unit_ * unit_;
  }

  // Calls body(v, class, its path less the label's, place of the slope of its node), with `slope_unit_` as the path's unit.
  template <class Body>
  __device__ __forceinline__ void each_path(Body body) const {
    unsigned entered = entered_;
    each_node([&](int v, int node, int end, int left) {
      unsigned& slope = slopes_[left + end - node - 1];
      entered += slope;
      body(v, class_of(v, node), static_cast<int>(entered - sums_[left] - own_path_), slope);
    });
  }

  // The same once more, if the path has been left in the slope's place: calls body(class, path).
  template <class Body>
  __device__ __forceinline__ void each_known_path(Body body) const {
    each_node([&](int v, int node, int end, int left) {
      body(class_of(v, node), static_cast<int>(slopes_[left + end - node - 1]));
    });
  }

  // Calls body(index in the segment, node, end of its subtree, number of nodes left before it).
  template <class Body>
  __device__ __forceinline__ void each_node(Body body) const {
    const uint32_t* spans = problem.ground.node_span + group.rank;
    this->in_eights([&](int v) {
      const uint32_t span = spans[v * group.size()];
      body(v, begin_ + v, static_cast<int>(span & 0xffff), static_cast<int>(span >> 16));
    });
  }

  __device__ __forceinline__ int class_of(int v, int node) const {
    const int32_t* classes = problem.ground.node_class;
    return classes ? classes[v * group.size() + group.rank] : node;
  }

  // What a thread has written of its own nodes may be read as what others have of their classes. Exchanges of blocks are barriers, so
  // only groups in warps meet here.
  __device__ __forceinline__ void meet() {
    if constexpr (Base::Layout::Group::kSize != 0) group.synchronize();
  }
  __device__ __forceinline__ void meet_if_scattered() {
    if (problem.ground.node_class) group.synchronize();
  }

  float unit_;         // of masses
  double slope_unit_;
  double emd_;         // in units of the masses as they were given

 private:
  // `sums_` become those of the masses in front of each node. What rounding leaves of one mass is added to the next, so that many
  // equal ones do not add up to something else. Returns the sum of all.
  template <class Mass>
  __device__ __forceinline__ unsigned add_up_masses(Mass mass, float units) {
    unsigned sum = 0;
    float left = 0;
    this->in_eights([&](int v) {
      const float exact = fmaf(mass(class_of(v, begin_ + v)), units, left);
      const int rounded = __float2int_rn(exact);
      left = exact - static_cast<float>(rounded);
      sums_[begin_ + v] = sum;
      sum += static_cast<unsigned>(rounded);
    });
    const Scan<unsigned> scan = group.scan(sum);
    this->in_eights([&](int v) { sums_[begin_ + v] += scan.before; });
    if (group.rank == 0) sums_[problem.classes] = scan.total;
    group.synchronize();
    return scan.total;
  }

  // Writes the slopes in postorder, those on a label's path with a minus sign. Returns the sum of the slopes of the nodes before the
  // thread's, that of the label's path, and E.
  template <bool kHasLabel, bool kSquared>
  __device__ __forceinline__ Tally find_slopes(unsigned all) {
    const float* lengths = problem.ground.node_length + group.rank;
    const int own = kHasLabel ? problem.ground.preorder_of_class[this->label] : 0;
    unsigned entered = 0, own_path = 0;
    Run emd;
    each_node([&](int v, int node, int end, int left) {
      const unsigned below = sums_[end] - sums_[node];
      const bool on_path = kHasLabel && static_cast<unsigned>(own - node) < static_cast<unsigned>(end - node);
      const auto far = static_cast<float>(static_cast<int>(on_path ? all - below : below));
      const float size = lengths[v * group.size()] * (kSquared ? far : kAll * sign_of(far));
      emd.add(v, size * far);
      const auto rounded = static_cast<unsigned>(__float2int_rn(size));
      const unsigned slope = on_path ? 0 - rounded : rounded;
      entered += slope;
      if (on_path) own_path += slope;
      slopes_[left + end - node - 1] = slope;
    });
    meet();
    return group.tally(entered, own_path, emd.total());
  }

  // `sums_` become those of the slopes in front of each node in postorder.
  __device__ __forceinline__ void add_up_slopes() {
    unsigned sum = 0;
    this->in_eights([&](int v) { sum += slopes_[begin_ + v]; });
    sum = group.scan(sum).before;
    this->in_eights([&](int v) {
      sums_[begin_ + v] = sum;
      sum += slopes_[begin_ + v];
    });
    group.synchronize();
  }

  unsigned *slopes_, *sums_;
  unsigned entered_, own_path_;
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
    if (holds_label_) raw_[label] = -INFINITY;  // the label's own mass does not move
    const float top = group.max(this->highest(own));
    moved_ = group.sum(this->exponentials_below(top).total());
    own_e_ = exponential(own - top);
    this->close_sum(counts ? moved_ + own_e_ : 1.0f, own - top);
    top_place_ = has_dominant_entry(sum_) && own_e_ != 1 ? this->find_top() : -1;
  }

  __device__ __forceinline__ void measure() {
    this->meet();
    this->template measure_tree<true>([&](int i) { return raw_[i]; }, fmaxf(moved_, kLeastMoved));
    this->close_emd(static_cast<float>(this->emd_), problem.power == 2);
  }

  // alpha e_i (A_i - center) + gamma (p_i - t_i)
  __device__ __forceinline__ void write_gradient(float alpha, float gamma) {
    const bool dominated = has_dominant_entry(sum_);
    const float slope = alpha * static_cast<float>(this->slope_unit_);
    const float level = fmaf(alpha, -center_, gamma * inverse);
    this->each_path([&](int, int i, int path, unsigned) {
      raw_[i] *= fmaf(slope, static_cast<float>(path), level);
    });
    this->meet_if_scattered();
    float own = own_e_ * fmaf(alpha, -center_, gamma * inverse) - gamma;
    float others = 0;
    if (dominated) others = this->all_but(top_place_, at_label_);
    if (L::Group::kSize != 0 || dominated) others = group.sum(others);
    own = settle_entries(dominated, own_e_ == 1, top_place_, others, own,
                         [&](int v, float entry) { raw_[begin_ + v] = entry; });
    if (holds_label_) raw_[label] = own;
    this->fill_void_row();
  }

 private:
  using Base::raw_, Base::begin_, Base::at_label_, Base::holds_label_, Base::own_e_, Base::sum_, Base::center_;
  static constexpr float kLeastMoved = 0x1p-90f;  // the square of less is nothing

  float moved_;  // the mass of all classes but the label
  int top_place_;
};

template <class L>
class SegmentedTreeDistributionRow : public OnSegmentedTree<SegmentedDistribution<L>> {
 public:
  using Base = OnSegmentedTree<SegmentedDistribution<L>>;
  using Base::problem, Base::group, Base::emd, Base::gain;
  static constexpr int kArrays = 3;

  static bool serves(const RowProblem& p) { return Base::serves(p, true); }

  // Slopes take the place of the targets, which are no longer needed then.
  __device__ __forceinline__ SegmentedTreeDistributionRow(const RowProblem& p, void* sums, char* memory)
      : Base(p, sums, memory, kArrays) {}

  __device__ __forceinline__ void measure() {
    this->find_excess([](int, float, float) {});
    this->meet_if_scattered();
    const float *excess = excess_ - begin_, *e = values_ - begin_;
    this->template measure_tree<false>([&](int i) { return excess[i]; }, static_cast<float>(masses_.sum));
    const bool squared = problem.power == 2;
    emd = static_cast<float>(this->emd_ * (squared ? masses_.inverse * masses_.inverse : masses_.inverse));
    gain = squared ? static_cast<float>(2 * masses_.inverse) : 1.0f;
    Run mean;
    this->each_path([&](int v, int i, int path, unsigned& slope) {
      mean.add(v, e[i] * static_cast<float>(path));
      slope = static_cast<unsigned>(path);
    });
    center_ = static_cast<float>(group.sum(static_cast<double>(mean.total())) * this->inverse_);
  }

  // alpha e_i (path_i - center) + gamma (p_i - t_i / S)
  __device__ __forceinline__ void write_gradient(float alpha, float gamma) {
    alpha *= static_cast<float>(this->slope_unit_);
    this->write_slopes(gamma, [&](auto visit) {
      this->each_known_path([&](int i, int path) { visit(i - begin_, alpha * (static_cast<float>(path) - center_)); });
      this->meet_if_scattered();
    });
  }

 private:
  using Base::begin_, Base::values_, Base::excess_, Base::masses_, Base::center_;
};

}  // namespace semd::cuda
