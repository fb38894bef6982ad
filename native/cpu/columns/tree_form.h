// Rows side by side: trees, for every kind of target and input. E = sum w_e |m_e|^rho over the edges, where m_e is the mass
// that crosses edge e (mathematics, "Trees").
#pragma once

#include "predictions.h"

namespace SEMD_ISA {
namespace wide {

// a_i - center of a tree: the sum over a node's edges to the root less a number per row, both in float64.
struct TreeGain {
  const Group g;
  const semd_ground& ground;
  Double center;
  Float operator()(int i) { return narrow(sub(load(at(g.m, ground.preorder_of_class[i])), center)); }
  void next_run() {}
};

// In preorder a node comes before its descendants, so that one descent gives the sums below all edges and one ascent the sums
// along all paths from the root. Float64 throughout: a path may have as many nodes, and a node as many children, as there are
// classes.
//
// From logits to a class index k the mass on the far side of an edge is the sum below it without p_k or, on the path from k to
// the root, all mass but p_k less that sum: what cancels there is small compared with the mass that crosses the edges at k.
static Double tree_form(Group& group, const semd_ground& ground, bool logits) {
  const Group g = group;  // a copy that no store can alias
  const int classes = g.classes;
  const bool one_pass = logits && !g.t;
  const Double inverse = one_pass ? zero_double() : add(widen(g.inverse_sum), widen(g.inverse_low));
  const Double share = one_pass ? zero_double() : add(widen(g.mass_share), widen(g.mass_share_low));
  for (int v = 0; v < classes; v++) {
    const int i = ground.class_of_preorder[v];
    const Float e = load(at(g.z, i));
    if (one_pass) {
      store(at(g.m, v), widen(keep(invert(is_label(g, i)), e)));
    } else {
      const Double exact = g.z_low ? add(widen(e), widen(load(at(g.z_low, i)))) : widen(e);
      store(at(g.m, v), sub(mul(exact, share), widen(target(g, i))));
    }
  }
  for (int v = classes - 1; v > 0; v--) {
    double* parent = at(g.m, ground.parent[v]);
    store(parent, add(load(parent), load(at(g.m, v))));
  }
  const Double all = load(at(g.m, 0));
  alignas(64) int32_t label[kLanes];
  store(label, g.label);
  for (int lane = 0; lane < kLanes; lane++) label[lane] = ground.preorder_of_class[label[lane]];
  const Int place = load(label);

  Double emd = zero_double(), dot = zero_double(), own = zero_double();
  store(at(g.m, 0), zero_double());
  for (int v = 1; v < classes; v++) {
    const Double w = broadcast(ground.length[v]);
    Double mass = load(at(g.m, v));
    Double slope;
    if (one_pass) {
      const Mask from_here = less(broadcast(int32_t{v - 1}), place);
      const Mask on_path = both(from_here, less(place, broadcast(int32_t{v + ground.subtree_size[v]})));
      mass = select(on_path, sub(all, mass), mass);
      slope = mul(w, g.squared ? mass : sign(mass));
      emd = fma(slope, mass, emd);
      slope = select(on_path, sub(zero_double(), slope), slope);
    } else {
      slope = mul(w, g.squared ? mass : sign(mass));
      emd = fma(slope, mass, emd);
    }
    const Double path = add(load(at(g.m, ground.parent[v])), slope);
    store(at(g.m, v), path);
    if (one_pass) {
      own = select(equal(place, broadcast(int32_t{v})), path, own);
    } else {
      const Float e = load(at(g.z, ground.class_of_preorder[v]));
      dot = fma(mul(widen(e), inverse), path, dot);
    }
  }
  if (one_pass) {
    set_one_pass(group, narrow(emd));
    const Double center = add(own, widen(group.center));
    group.center = zero();  // TreeGain subtracts it in float64
    return center;
  }
  group.emd = narrow(emd);
  group.gain = broadcast(g.squared ? 2.0f : 1.0f);
  group.center = zero();
  return logits ? dot : zero_double();
}

}  // namespace wide
}  // namespace SEMD_ISA
