// Tiled rows: the energy distance, E = -1/2 x^T M x with x = p - t, for every kind of target and input and any number of classes.
// It takes three launches: the x of all rows are written as a matrix (EnergyMasses), which is multiplied by M
// (energy_product.cu), from which loss and gradient follow (Energies). The last launch computes x again rather than reading it.
//
// From logits to a class index k, with q the masses but that of k and s their sum, a_i = s M_ik + M_k . q - (M q)_i and
// E = 1/2 sum_i q_i a_i, in which no mass near 1 is subtracted from 1. Otherwise a = -M x (mathematics, "Energy, and how the
// kinds are related").
#pragma once

#include "../../block/shared_sizes.h"
#include "../epilogue.cuh"
#include "row.cuh"

namespace semd::cuda {

// The part of a row's masses that is multiplied by M.
template <class L>
struct MassesOfRow {
  const TiledRow<L>& row;
  bool one_pass;

  __device__ __forceinline__ explicit MassesOfRow(const TiledRow<L>& of) : row(of), one_pass(of.logits() && !of.distribution()) {}
  // Masses that move, or differences S p - t; 0 behind the row's end.
  __device__ __forceinline__ void read(int place, const Parts (&e)[L::kVector], float (&x)[L::kVector]) const {
    float t[L::kVector] = {};
    if (!one_pass) row.read_targets(place, t);
#pragma unroll
    for (int v = 0; v < L::kVector; v++) {
      const int i = place + v;
      x[v] = one_pass ? (i == row.label ? 0.0f : e[v].high) : excess(e[v], row.share, t[v]);
      if (i >= row.problem.classes) x[v] = 0;
    }
  }
  __device__ __forceinline__ int64_t place_in(int pitch) const {
    return (row.exists ? row.index - row.problem.first_row : 0) * pitch;
  }
};

template <class L>
struct EnergyMasses : TiledRow<L> {
  using TiledRow<L>::TiledRow;
  static constexpr bool kNeedsWorkspace = false, kColumns = true, kIsFirstPass = true;

  __device__ __forceinline__ void run(int64_t index, RowSums&) {
    begin_row<false>(*this, index);
    const MassesOfRow<L> masses(*this);
    float* to = this->problem.masses + masses.place_in(energy_pitch(this->problem.classes));
    this->ascend([&](int tile) {
      const int place = this->place_of(tile);
      Parts e[L::kVector];
      Four<float> x;
      static_assert(L::kVector == 4);
      this->exponentials(tile, e);
      masses.read(place, e, x.v);
      if (this->exists && place < this->problem.classes) *reinterpret_cast<Four<float>*>(to + place) = x;
    });
  }
};

struct Energies {
  static constexpr bool kNeedsWorkspace = false;
  static constexpr bool kColumns = true;  // there is no kernel for pixels, so rows with scattered classes pass through stages

  template <class L>
  static __device__ __forceinline__ void measure(TiledRow<L>& row) {
    using Real = typename L::Real;
    const MassesOfRow<L> masses(row);
    const auto each = [&](auto body) {
      row.ascend([&](int tile) {
        const int place = row.place_of(tile);
        Parts e[L::kVector];
        float x[L::kVector];
        row.exponentials(tile, e);
        masses.read(place, e, x);
        body(place, e, x);
      });
    };
    if (masses.one_pass) {
      Real moved = 0;
      each([&](int, const Parts(&)[L::kVector], const float(&x)[L::kVector]) {
        float part = 0;
#pragma unroll
        for (int v = 0; v < L::kVector; v++) part += x[v];
        moved += static_cast<Real>(part);
      });
      row.moved = static_cast<float>(row.group.sum(moved));
    }
    Real twice = 0, center = 0;
    each([&](int place, const Parts(&e)[L::kVector], const float(&x)[L::kVector]) {
      float a[L::kVector], part = 0, mean = 0;
      read_slopes(masses, place, a);
#pragma unroll
      for (int v = 0; v < L::kVector; v++) {
        part = fmaf(x[v], a[v], part);
        if (place + v < row.problem.classes) mean = fmaf(e[v].high, a[v], mean);
      }
      twice += static_cast<Real>(part);
      center += static_cast<Real>(mean);
    });
    const double all = row.group.sum(twice), scale = masses.one_pass ? row.inverse : row.target.inverse;
    const float emd = static_cast<float>(0.5 * all * scale * scale);
    row.emd = row.problem.ground.indefinite || emd > 0 ? emd : 0.0f;
    row.gain = static_cast<float>(scale);
    row.center = 0;
    if (masses.one_pass) {
      row.center = static_cast<float>(all * row.inverse);
    } else if (row.logits()) {
      row.center = static_cast<float>(row.group.sum(center) * row.inverse);
    } else if (row.problem.ground.means) {
      // By how much the mean of a is too large, which without rounding is -(mean of M's rows) . x: what all a_i have in common
      // does not fade in a long row.
      const double share = static_cast<double>(row.share.high) + row.share.low, part_of_mean = 1.0 / row.problem.classes;
      Real common = 0;
      row.ascend([&](int tile) {
        const int place = row.place_of(tile);
        Parts e[L::kVector];
        float t[L::kVector] = {}, a[L::kVector];
        row.exponentials(tile, e);
        row.read_targets(place, t);
        read_slopes(masses, place, a);
        double part = 0;
#pragma unroll
        for (int v = 0; v < L::kVector; v++) {
          if (place + v >= row.problem.classes) continue;
          part += row.problem.ground.means[place + v] * (e[v].high * share - t[v]) + part_of_mean * a[v];
        }
        common += static_cast<Real>(part);
      });
      row.center = static_cast<float>(row.group.sum(common));
    }
  }

  template <class L, class Visit>
  static __device__ __forceinline__ void slopes(TiledRow<L>& row, Visit visit) {
    const MassesOfRow<L> masses(row);
    row.ascend([&](int tile) {
      float a[L::kVector];
      read_slopes(masses, row.place_of(tile), a);
#pragma unroll
      for (int v = 0; v < L::kVector; v++) a[v] -= row.center;
      visit(tile, a, 0, row.problem.classes);
    });
  }

 private:
  // a_i
  template <class L>
  static __device__ __forceinline__ void read_slopes(const MassesOfRow<L>& masses, int place, float (&a)[L::kVector]) {
    const TiledRow<L>& row = masses.row;
    const int pitch = energy_pitch(row.problem.classes);
    const float* products = row.problem.products + masses.place_in(pitch);
    const float to_label = masses.one_pass ? products[row.label] : 0.0f;
    const float* own = row.problem.ground.cost + static_cast<int64_t>(row.label) * pitch;
    Four<float> y{}, m{};
    static_assert(L::kVector == 4);
    if (place < row.problem.classes) {
      y = *reinterpret_cast<const Four<float>*>(products + place);
      if (masses.one_pass) m = *reinterpret_cast<const Four<float>*>(own + place);
    }
#pragma unroll
    for (int v = 0; v < L::kVector; v++) a[v] = masses.one_pass ? fmaf(row.moved, m.v[v], to_label - y.v[v]) : -y.v[v];
  }
};

}  // namespace semd::cuda
