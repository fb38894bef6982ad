#include "host_inputs.h"

#include <type_traits>
#include <vector>

#include "labels.h"

namespace semd::napi {
namespace {

constexpr int32_t kFloats = SEMD_DISTRIBUTION_FLOAT32;

// Calls visit(member of semd_problem, kind of its elements, number of elements) for each input that is not null.
template <class Visit>
void VisitInputs(const semd_problem& host, Visit visit) {
  const auto rows = static_cast<size_t>(host.outer * host.inner), classes = static_cast<size_t>(host.classes);
  const auto visit_one = [&](auto member, int32_t kind, size_t count) {
    if (host.*member) visit(member, kind, count);
  };
  visit_one(&semd_problem::predictions, kFloats, rows * classes);
  visit_one(&semd_problem::targets, host.target_kind, is_distribution(host.target_kind) ? rows * classes : rows);
  visit_one(&semd_problem::class_weights, kFloats, classes);
  visit_one(&semd_problem::sample_weights, kFloats, rows);
  visit_one(&semd_problem::upstream_rows, kFloats, rows);
}

}  // namespace

semd_status UploadInputs(const semd_problem& host, size_t more, DeviceBlock& block, PinnedBlock* pinned,
                         semd_problem* problem) {
  size_t inputs = 0;
  VisitInputs(host, [&](auto, int32_t kind, size_t count) { inputs += DeviceBlock::Aligned(count * DeviceElementBytes(kind)); });
  semd_status status = pinned ? pinned->Allocate(inputs) : SEMD_OK;
  if (status == SEMD_OK && inputs + more > 0) status = block.Allocate(inputs + more);
  if (status != SEMD_OK) return status;

  size_t used = 0;
  void* first = nullptr;
  VisitInputs(host, [&](auto member, int32_t kind, size_t count) {
    const size_t bytes = count * DeviceElementBytes(kind);
    void* const to = bytes > 0 ? block.Take(bytes) : nullptr;
    problem->*member = static_cast<std::remove_reference_t<decltype(problem->*member)>>(to);
    if (!to || status != SEMD_OK) return;
    if (pinned) {
      if (!first) first = to;
      CopyTargets(kind, host.*member, count, pinned->memory() + used);
      used += DeviceBlock::Aligned(bytes);
    } else if (device_target_kind(kind) == kind) {
      status = block.Copy(to, host.*member, bytes, SEMD_HOST_TO_DEVICE);
    } else {
      std::vector<char> widened(bytes);
      CopyTargets(kind, host.*member, count, widened.data());
      status = block.Copy(to, widened.data(), bytes, SEMD_HOST_TO_DEVICE);
    }
  });
  return first ? block.Copy(first, pinned->memory(), inputs, SEMD_HOST_TO_DEVICE) : status;
}

}  // namespace semd::napi
