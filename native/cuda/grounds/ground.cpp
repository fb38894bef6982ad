#include "ground.h"

#include <algorithm>
#include <cstring>
#include <memory>
#include <new>
#include <vector>

#include "../../core/ground.h"
#include "../runtime/capture.h"
#include "../runtime/device.h"
#include "../runtime/errors.h"
#include "../kernels/kernel_list.h"
#include "../kernels/loss.h"
#include "../runtime/streams.h"
#include "../runtime/upload.h"

namespace semd::cuda {
namespace {

// Arrays one behind the other, for one copy to the device.
class Package {
 public:
  template <class Number>
  size_t add(const Number* values, size_t count) {
    const size_t offset = (bytes_.size() + 255) / 256 * 256;
    bytes_.resize(offset + count * sizeof(Number));
    std::memcpy(bytes_.data() + offset, values, count * sizeof(Number));
    return offset;
  }
  const std::vector<char>& bytes() const { return bytes_; }

 private:
  std::vector<char> bytes_;
};

template <class Number>
void point(const Number*& pointer, const void* memory, size_t offset) {
  pointer = reinterpret_cast<const Number*>(static_cast<const char*>(memory) + offset);
}

struct Offsets {
  size_t gaps, high, low, rest;                   // lines and circles
  size_t preorder_of_class, size, depth, length;  // trees
  size_t cost;                                    // matrices
};

void pack_tree(const ::semd_ground& ground, Package& package, Offsets& at) {
  const size_t classes = static_cast<size_t>(ground.classes);
  std::vector<int32_t> depth(classes, 0);
  for (size_t node = 1; node < classes; node++) depth[node] = depth[static_cast<size_t>(ground.parent[node])] + 1;
  at.preorder_of_class = package.add(ground.preorder_of_class.data(), classes);
  at.size = package.add(ground.subtree_size.data(), classes);
  at.depth = package.add(depth.data(), classes);
  at.length = package.add(ground.length.data(), classes);
}

void pack_matrix(const ::semd_ground& ground, Package& package, Offsets& at) {
  const size_t classes = static_cast<size_t>(ground.classes);
  std::vector<float> cost(classes * classes);
  for (size_t row = 0; row < classes; row++) {
    std::memcpy(cost.data() + row * classes, ground.cost_row(static_cast<int64_t>(row)), classes * sizeof(float));
  }
  at.cost = package.add(cost.data(), cost.size());
}

void pack_gaps(const ::semd_ground& ground, Package& package, Offsets& at) {
  const size_t classes = static_cast<size_t>(ground.classes);
  const size_t stride = static_cast<size_t>(stage_stride(ground.classes));
  std::vector<float> gaps(stride, 0.0f);
  std::memcpy(gaps.data(), ground.gaps(), classes * sizeof(float));
  at.gaps = package.add(gaps.data(), stride);
}

void pack(const ::semd_ground& ground, Package& package, Offsets& at) {
  if (ground.kind == SEMD_TREE) return pack_tree(ground, package, at);
  if (ground.kind == SEMD_MATRIX) return pack_matrix(ground, package, at);
  const size_t classes = static_cast<size_t>(ground.classes);
  if (!ground.unit_gaps) pack_gaps(ground, package, at);
  at.high = package.add(ground.position_high.data(), classes);
  at.low = package.add(ground.position_low.data(), classes);
  at.rest = package.add(ground.position_rest.data(), classes);
}

// A gap costs the gradient about as many units of rounding as it is typical gaps long.
constexpr double kDominant = 16;

void find_dominant_gap(const ::semd_ground& ground, GroundView& view) {
  const float* gaps = ground.gaps();
  const int32_t largest = static_cast<int32_t>(std::max_element(gaps, gaps + ground.classes) - gaps);
  double others = 0;
  for (int32_t j = 0; j < ground.classes; j++) others += j == largest ? 0.0 : gaps[j];
  if (gaps[largest] <= kDominant * others / (ground.classes - 1)) return;
  view.dominant = largest;
  view.other_gaps = others;
}

void point_view(const ::semd_ground& ground, const Offsets& at, DeviceGround& out) {
  GroundView& view = out.view;
  view.kind = ground.kind;
  view.classes = ground.classes;
  if (ground.kind == SEMD_TREE) {
    point(view.preorder_of_class, out.memory, at.preorder_of_class);
    point(view.subtree_size, out.memory, at.size);
    point(view.depth, out.memory, at.depth);
    point(view.length, out.memory, at.length);
  } else if (ground.kind == SEMD_MATRIX) {
    point(view.cost, out.memory, at.cost);
  } else {
    view.total_gap = ground.total_gap;
    view.inverse_total_gap = 1 / ground.total_gap;
    if (!ground.unit_gaps) {
      point(view.gaps, out.memory, at.gaps);
      if (ground.kind == SEMD_CIRCULAR) find_dominant_gap(ground, view);
    }
    point(view.position_high, out.memory, at.high);
    point(view.position_low, out.memory, at.low);
    point(view.position_rest, out.memory, at.rest);
  }
}

semd_status to_device(const Package& package, void** out) {
  const OutsideCapture outside;
  semd_status status = check(cudaMalloc(out, package.bytes().size()), "cudaMalloc");
  if (status != SEMD_OK) return status;
  status = upload(*out, package.bytes().data(), package.bytes().size());
  if (status != SEMD_OK) cudaFree(*out);
  return status;
}

}  // namespace

semd_status ground_create(int32_t device, const semd_ground_description* description, semd_ground** out) {
  semd_status status = use_device(device);
  if (status != SEMD_OK) return status;
  ::semd_ground* prepared = nullptr;
  status = create_ground(*description, false, &prepared);
  if (status != SEMD_OK) return status;
  const std::unique_ptr<::semd_ground> ground(prepared);
  try {
    auto made = std::make_unique<DeviceGround>();
    Package package;
    Offsets offsets{};
    pack(*ground, package, offsets);
    made->device = device;
    made->terms = ground->terms();
    status = to_device(package, &made->memory);
    if (status != SEMD_OK) return status;
    point_view(*ground, offsets, *made);
    *out = reinterpret_cast<semd_ground*>(made.release());
    return SEMD_OK;
  } catch (const std::bad_alloc&) {
    return SEMD_OUT_OF_MEMORY;
  }
}

semd_status ground_from_distances(int32_t device, void* stream, const float* distances, int32_t classes, double exponent,
                                  double offset, semd_ground** out) {
  if (classes < 2 || !(exponent > 0)) return SEMD_INVALID_PROBLEM;
  semd_status status = use_device(device);
  if (status != SEMD_OK) return status;
  std::unique_ptr<DeviceGround> made(new (std::nothrow) DeviceGround());
  if (!made) return SEMD_OUT_OF_MEMORY;
  made->device = device;
  made->terms = classes;
  const size_t count = static_cast<size_t>(classes) * static_cast<size_t>(classes);
  {
    const OutsideCapture outside;
    status = check(cudaMalloc(&made->memory, count * sizeof(float)), "cudaMalloc");
  }
  if (status != SEMD_OK) return status;
  auto* costs = static_cast<float*>(made->memory);
  made->view.kind = SEMD_MATRIX;
  made->view.classes = classes;
  made->view.cost = costs;
  status = matrix_costs(device, stream, distances, classes, exponent, offset, costs);
  if (status == SEMD_OK) status = stream_synchronize(device, stream);
  if (status != SEMD_OK) {
    cudaFree(made->memory);
    return status;
  }
  *out = reinterpret_cast<semd_ground*>(made.release());
  return SEMD_OK;
}

// cudaFree waits for the device, and with it for every call that still reads the ground distance.
void ground_destroy(semd_ground* ground) {
  const std::unique_ptr<DeviceGround> dead(reinterpret_cast<DeviceGround*>(ground));
  const OutsideCapture outside;
  if (use_device(dead->device) == SEMD_OK) check(cudaFree(dead->memory), "cudaFree");
}

}  // namespace semd::cuda
