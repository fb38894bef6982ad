// Segmented rows (row.cuh) on the line with gaps of 1 that are too long for shared memory. A block takes the row in chunks, and
// each chunk twice: first for its greatest logit, its mass, and its share of E = sum_j D_j^2 and of the slopes D_j, as if nothing
// were beside it; then, when all chunks are known, for its gradient (mathematics, "Combining parts of a row").
#pragma once

#include "row.cuh"

namespace semd::cuda {

template <class L>
class ChunkedRow : public SegmentedRow<L> {
 public:
  using Base = SegmentedRow<L>;
  using typename Base::Element;
  using Base::problem, Base::group, Base::counts, Base::broken, Base::label, Base::inverse, Base::cross_entropy, Base::emd,
      Base::gain;

  static bool serves(const RowProblem& p) { return Base::serves(p) && p.ground.unit_line; }

  __device__ __forceinline__ ChunkedRow(const RowProblem& p, void* sums, char* memory)
      : Base(p, sums, memory, p.chunk, 0), chunks_((p.classes + p.chunk - 1) / p.chunk) {
    const SegmentMemory sizes(p.chunk, group.size(), sizeof(Element));
    chunk_ = reinterpret_cast<Chunk*>(memory + sizes.raw + sizes.values);
  }

  __device__ __forceinline__ void fetch(int64_t row) {
    logits_ = static_cast<const Element*>(problem.predictions) + row * problem.classes;
    gradient_ = static_cast<Element*>(problem.gradient) + row * problem.classes;
  }
  __device__ __forceinline__ void deliver(int64_t) const {}  // write_gradient has delivered each chunk

  __device__ __forceinline__ void take() {
    own_ = counts ? to_float(logits_[label]) : 0.0f;
    float top = own_;
    for (int c = 0; counts && c < chunks_; c++) {
      bring(c);
      const float highest = group.max(this->highest(-INFINITY));
      const float reference = highest == -INFINITY ? 0.0f : highest;  // all logits of a chunk may be -Infinity
      const float mass = this->exponentials_below(reference).total();
      const BothWays masses = group.both_ways(mass);
      const Part part = walk(mass, masses.before, masses.behind, masses.total);
      if (group.rank == 0) {
        chunk_[c].highest = highest;
        chunk_[c].mass = masses.total;
        chunk_[c].squares = static_cast<float>(part.crossing.first);
        chunk_[c].front_slopes = part.front_slopes + part.crossing.behind;
      }
      if (group.rank == group.size() - 1) chunk_[c].rear_slopes = part.rear_slopes + part.crossing.before;
      top = fmaxf(top, highest);
    }
    group.synchronize();
    top_ = top;
    own_e_ = exponential(own_ - top);
    mass_ = 0;
    for (int c = 0; counts && c < chunks_; c++) mass_ += mass_of(c);
    this->close_sum(mass_ + own_e_, own_ - top);
  }

  // With the mass B of the chunks that are farther from the label than this one, sum (B + D_j)^2 = sum D_j^2 + 2 B sum D_j + B^2
  // sum 1 over the boundaries of a chunk on one side of it.
  __device__ __forceinline__ void measure() {
    double total = 0;
    const auto add = [&](double beside, double slopes, int boundaries) {
      total += beside * (2 * slopes + beside * boundaries);
    };
    from_both_ends(
        [&](int c, float before) {
          const double unit = unit_of(c);
          total += unit * unit * chunk_[c].squares;
          add(before, unit * chunk_[c].front_slopes, in_front(c));
        },
        [&](int c, float behind) { add(-behind, unit_of(c) * chunk_[c].rear_slopes, length_of(c) - in_front(c)); });
    this->close_emd(static_cast<float>(total), true);
    group.synchronize();  // all have read what the chunks have by themselves
    if (group.rank == 0) {
      from_both_ends(
          [&](int c, float before) {
            chunk_[c].front_slopes = fmaf(before, in_front(c), unit_of(c) * chunk_[c].front_slopes);
          },
          [&](int c, float behind) {
            chunk_[c].rear_slopes = fmaf(-behind, length_of(c) - in_front(c), unit_of(c) * chunk_[c].rear_slopes);
          });
    }
    group.synchronize();
  }

  // alpha e_i (A_i - center) + gamma (p_i - t_i)
  __device__ __forceinline__ void write_gradient(float alpha, float gamma) {
    if (!counts || broken) return fill(counts ? nanf("") : 0.0f);
    const bool dominated = has_dominant_entry(sum_);
    const float own = own_e_ * fmaf(alpha, -center_, gamma * inverse) - gamma;
    float others = 0;
    int dominant = -1;
    for (int c = 0; c < chunks_; c++) {
      const Part part = walk_in_row(c);
      float to_label = part.front_slopes + part.crossing.behind, from_label = part.crossing.before;
      for (int i = c + 1; i < chunks_; i++) to_label += chunk_[i].front_slopes;
      for (int i = 0; i < c; i++) from_label += chunk_[i].rear_slopes;
      slope_to_label_ = holds_label_ ? part.front_slopes : first_ + begin_ < label ? to_label : -from_label;
      const int top = dominated && own_e_ != 1 ? this->find_top() : -1;
      if (top >= 0) dominant = first_ + begin_ + top;
      this->template write_as<true>(alpha, fmaf(alpha, slope_to_label_ - center_, gamma * inverse), dominated);
      if (dominated) others += group.sum(this->all_but(top, at_label_));
      if (holds_label_) from_float(own, raw_[label - first_]);
      group.synchronize();
      copy_back<Dense>(false, gradient_ + first_, raw_, length_, group.rank, group.size());
    }
    group.synchronize();
    const float settled = settle_entries(dominated, own_e_ == 1, dominant, others, own,
                                         [&](int i, float entry) { from_float(entry, gradient_[i]); });
    if (dominated && own_e_ == 1 && group.rank == 0) from_float(settled, gradient_[label]);
  }

 private:
  using Base::logits_, Base::memory_, Base::raw_, Base::values_, Base::begin_, Base::width_, Base::count_, Base::at_label_,
      Base::holds_label_, Base::own_e_, Base::sum_, Base::moved_, Base::slope_to_label_, Base::center_;

  // What a chunk has by itself, in units of exp(its greatest logit). `measure` makes the slopes those of the row.
  struct Chunk {
    float highest, mass;  // the greatest logit, and the sum of exp(logit - highest); if all are -Infinity, -Infinity and 0
    float squares, front_slopes, rear_slopes;  // sums over its boundaries, in front of the label and behind it
  };
  static_assert(sizeof(Chunk) == kChunkBytes, "as the host sizes them");
  struct Part {
    float front_slopes, rear_slopes;  // of the thread's boundaries in front of the label, and behind it
    Crossing crossing;
  };

  // A chunk's unit in that of the row.
  __device__ __forceinline__ float unit_of(int c) const { return exponential(chunk_[c].highest - top_); }
  // The sum of a chunk's exponentials, without the label's.
  __device__ __forceinline__ float mass_of(int c) const { return chunk_[c].mass * unit_of(c); }

  // Calls front(c, mass of the chunks before it) from the first chunk on, and rear(c, mass of those behind it) from the last.
  template <class Front, class Rear>
  __device__ __forceinline__ void from_both_ends(Front front, Rear rear) const {
    float mass = 0;
#pragma unroll 1
    for (int c = 0; counts && c < chunks_; mass += mass_of(c++)) front(c, mass);
    mass = 0;
#pragma unroll 1
    for (int c = chunks_ - 1; counts && c >= 0; mass += mass_of(c--)) rear(c, mass);
  }
  __device__ __forceinline__ int length_of(int c) const {
    const int left = problem.classes - c * problem.chunk;
    return left < problem.chunk ? left : problem.chunk;
  }
  // The classes of a chunk in front of the label, hence its boundaries there.
  __device__ __forceinline__ int in_front(int c) const {
    const int left = label - c * problem.chunk, length = length_of(c);
    return left < 0 ? 0 : left < length ? left : length;
  }

  // Brings a chunk to shared memory, with the label's mass left out.
  __device__ __forceinline__ void bring(int c) {
    group.synchronize();
    first_ = c * problem.chunk;
    length_ = length_of(c);
    raw_ = memory_ + phase_of(logits_ + first_);
    begin_copy<Dense>(false, raw_, logits_ + first_, length_, group.rank, group.size());
    __pipeline_commit();
    this->find_share(length_);
    if (L::kWide) values_ = reinterpret_cast<float*>(raw_) + begin_;
    count_ = width_;
    at_label_ = label - first_ - begin_;
    holds_label_ = at_label_ >= 0 && at_label_ < count_;
    __pipeline_wait_prior(0);
    group.synchronize();
    if (holds_label_) from_float(-INFINITY, raw_[label - first_]);
  }

  // Walks over the thread's boundaries. `mass` is the thread's, the others are that before it, behind it, and all but the
  // label's.
  __device__ __forceinline__ Part walk(float mass, float before, float behind, float all) {
    moved_ = first_ + begin_ > label ? -(mass + behind) : before;
    if (holds_label_) values_[at_label_] = -all;
    float slopes = 0, sizes = 0, emd_part = 0;
    this->template each_boundary<true>([&](int, float&, float slope, float x, float) {
      sizes += fabsf(slope);
      emd_part = fmaf(slope, x, emd_part);
      slopes += slope;
    });
    // Slopes are positive in front of the label and negative behind it, so sum and sum of magnitudes give those in front.
    const float both = 0.5f * (slopes + sizes);
    const float front = holds_label_ ? both : first_ + begin_ < label ? slopes : 0.0f;
    return {front, slopes - front, group.cross(front, slopes - front, emd_part, 0.0f)};
  }

  // Brings a chunk and walks over it as a part of the whole row.
  __device__ __forceinline__ Part walk_in_row(int c) {
    bring(c);
    const float mass = this->exponentials_below(top_).total();
    const BothWays masses = group.both_ways(mass);
    float before = masses.before, behind = masses.behind;
    for (int i = 0; i < c; i++) before += mass_of(i);
    for (int i = chunks_ - 1; i > c; i--) behind += mass_of(i);
    return walk(mass, before, behind, mass_);
  }

  __device__ __forceinline__ void fill(float value) const {
    for (int i = group.rank; i < problem.classes; i += group.size()) from_float(value, gradient_[i]);
  }

  int chunks_;
  Chunk* chunk_;
  Element* gradient_;
  int first_, length_;  // of the current chunk
  float own_, top_, mass_;
};

}  // namespace semd::cuda
