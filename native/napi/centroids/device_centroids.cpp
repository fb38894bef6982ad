#include "device_centroids.h"

#include "../../core/validity.h"
#include "../core/arguments.h"
#include "../gpu/device_array.h"
#include "../gpu/device_block.h"
#include "../core/errors.h"
#include "../gpu/stream_handles.h"

namespace semd::napi {
namespace {

// The device arrays of a call, all on one GPU, and the stream that works on them.
class Work {
 public:
  Work(const Napi::CallbackInfo& info, const EnvironmentPtr& environment, const char* what)
      : info_(info), environment_(environment), what_(what) {}

  const ArrayBox& Array(size_t index, semd_dtype dtype, size_t length) {
    const ArrayBox& array = ArrayAt(info_, index, *environment_);
    if (array.dtype != dtype || array.length != length) Refuse(info_, index, "an array of that type and length");
    return Add(index, array);
  }
  const ArrayBox& Add(size_t index, const ArrayBox& array) {
    if (count_ > 0 && array.allocation()->device() != device()) Refuse(info_, index, "an array on the same GPU");
    arrays_[count_++] = &array;
    return array;
  }
  int32_t device() const { return arrays_[0]->allocation()->device(); }
  const semd_cuda_table& cuda() const { return stream_->cuda(); }
  Stream& stream() { return *stream_; }

  // To be called when all arrays have been added.
  void Begin(size_t stream_index) {
    stream_ = StreamAt(info_, stream_index, *environment_, device());
    for (size_t i = 0; i < count_; i++) Require(arrays_[i]->allocation()->Use(stream_));
  }
  void Require(semd_status status) { Check(info_.Env(), *environment_, cuda(), what_, status); }
  Napi::Value End() {
    Require(stream_->Enqueued());
    return info_.Env().Undefined();
  }

 private:
  const Napi::CallbackInfo& info_;
  const EnvironmentPtr& environment_;
  const char* const what_;
  const ArrayBox* arrays_[6] = {};
  size_t count_ = 0;
  StreamPtr stream_;
};

template <class Number>
Number* At(const ArrayBox& array) {
  return reinterpret_cast<Number*>(array.memory());
}

int32_t LabelKind(const Napi::CallbackInfo& info, size_t index, const ArrayBox& labels) {
  int32_t kind = 0;
  if (!TargetKind(labels.dtype, &kind) || !is_label_kind(kind)) Refuse(info, index, "class indices");
  return kind;
}

// Checks the counts of classes and the sums of their features, which are float64 bits.
void RequireSums(const Napi::CallbackInfo& info, size_t sums_index, const ArrayBox& sums, const ArrayBox& counts) {
  if (counts.dtype != SEMD_DTYPE_INT64 || !is_class_count(static_cast<int64_t>(counts.length))) {
    Refuse(info, sums_index + 1, "counts");
  }
  if (sums.dtype != SEMD_DTYPE_INT64 || sums.length == 0 || sums.length % counts.length != 0) Refuse(info, sums_index, "sums");
}

}  // namespace

Napi::Value AccumulateDevice(const Napi::CallbackInfo& info, const EnvironmentPtr& environment) {
  Work work(info, environment, "accumulate()");
  const ArrayBox& labels = ArrayAt(info, 1, *environment);
  const ArrayBox& counts = ArrayAt(info, 3, *environment);
  const ArrayBox& sums = ArrayAt(info, 2, *environment);
  RequireSums(info, 2, sums, counts);
  semd_cuda_feature_rows rows{};
  rows.rows = static_cast<int64_t>(labels.length);
  rows.classes = static_cast<int32_t>(counts.length);
  rows.features = static_cast<int64_t>(sums.length / counts.length);
  rows.label_kind = LabelKind(info, 1, labels);
  rows.values = At<float>(work.Array(0, SEMD_DTYPE_FLOAT32, labels.length * (sums.length / counts.length)));
  rows.labels = work.Add(1, labels).memory();
  rows.sums = At<double>(work.Add(2, sums));
  rows.counts = At<double>(work.Add(3, counts));
  rows.first_bad_row = At<unsigned long long>(work.Array(4, SEMD_DTYPE_INT64, 1));
  rows.normalize = NameAt(info, 5, is_feature_norm);
  rows.has_ignore_index = !info[6].IsNull();
  if (rows.has_ignore_index) rows.ignore_index = IntegerAt(info, 6, -kMaxSafeInteger, kMaxSafeInteger);
  rows.device = work.device();
  if (rows.rows == 0) return info.Env().Undefined();
  work.Begin(7);
  RefuseCaptured(info.Env(), *environment, work.stream(), "accumulate()");
  rows.stream = work.stream().raw();
  DeviceBlock scratch(work.cuda(), rows.device, rows.stream);
  const size_t bytes = labels.length * sizeof(double);
  work.Require(scratch.Allocate(bytes));
  rows.inverse_norms = static_cast<double*>(scratch.Take(bytes));
  work.Require(work.cuda().accumulate(&rows));
  return work.End();
}

Napi::Value UpdateCentroidsDevice(const Napi::CallbackInfo& info, const EnvironmentPtr& environment) {
  Work work(info, environment, "update()");
  const ArrayBox& counts = ArrayAt(info, 1, *environment);
  const ArrayBox& sums = ArrayAt(info, 0, *environment);
  RequireSums(info, 0, sums, counts);
  work.Add(0, sums);
  work.Add(1, counts);
  const ArrayBox& centroids = work.Array(2, SEMD_DTYPE_FLOAT32, sums.length);
  const double momentum = NumberAt(info, 3);
  if (!(momentum >= 0 && momentum < 1)) Refuse(info, 3, "a number from 0 on, less than 1");
  work.Begin(4);
  work.Require(work.cuda().update_centroids(work.device(), work.stream().raw(),
                                            static_cast<int64_t>(sums.length / counts.length),
                                            static_cast<int32_t>(counts.length), momentum, At<double>(sums),
                                            At<double>(counts), At<float>(centroids)));
  return work.End();
}

Napi::Value ClassDistancesDevice(const Napi::CallbackInfo& info, const EnvironmentPtr& environment) {
  Work work(info, environment, "distances()");
  const ArrayBox& centroids = ArrayAt(info, 0, *environment);
  const int32_t classes = Int32At(info, 1, kFewestClasses, kMostDevicePoints);
  const auto count = static_cast<size_t>(classes);
  if (centroids.dtype != SEMD_DTYPE_FLOAT32 || centroids.length == 0 || centroids.length % count != 0)
    Refuse(info, 0, "centroids");
  work.Add(0, centroids);
  const int32_t scale = NameAt(info, 2, is_scale);
  const ArrayBox& out = work.Array(3, SEMD_DTYPE_FLOAT32, count * count);
  if (Overlap(centroids.memory(), centroids.bytes(), out.memory(), out.bytes())) Refuse(info, 3, "memory of its own");
  work.Begin(4);
  RefuseCaptured(info.Env(), *environment, work.stream(), "distances()");
  DeviceBlock scratch(work.cuda(), work.device(), work.stream().raw());
  const size_t bytes = work.cuda().class_distances_scratch(classes, scale);
  work.Require(scratch.Allocate(bytes));
  work.Require(work.cuda().class_distances(work.device(), work.stream().raw(), At<float>(centroids), classes,
                                           static_cast<int64_t>(centroids.length / count), scale, scratch.Take(bytes),
                                           At<float>(out)));
  return work.End();
}

Napi::Value MixDistances(const Napi::CallbackInfo& info, const EnvironmentPtr& environment) {
  Work work(info, environment, "mixing distances");
  const ArrayBox& distances = ArrayAt(info, 0, *environment);
  if (distances.dtype != SEMD_DTYPE_FLOAT32 || distances.length == 0) Refuse(info, 0, "distances");
  work.Add(0, distances);
  const double factor = NumberAt(info, 1), prior_weight = NumberAt(info, 3);
  const ArrayBox* prior = info[2].IsNull() ? nullptr : &work.Array(2, SEMD_DTYPE_FLOAT32, distances.length);
  work.Begin(4);
  work.Require(work.cuda().mix_distances(work.device(), work.stream().raw(), At<float>(distances), distances.length, factor,
                                         prior ? At<float>(*prior) : nullptr, prior_weight));
  return work.End();
}

Napi::Value PairwiseDistancesDevice(const Napi::CallbackInfo& info, const EnvironmentPtr& environment) {
  Work work(info, environment, "pairwiseDistances()");
  const ArrayBox& points = ArrayAt(info, 0, *environment);
  const int64_t rows = IntegerAt(info, 1, 1, kMostDevicePoints);
  const auto count = static_cast<size_t>(rows);
  if (points.dtype != SEMD_DTYPE_FLOAT32 || points.length == 0 || points.length % count != 0) Refuse(info, 0, "points");
  work.Add(0, points);
  const ArrayBox& out = work.Array(2, SEMD_DTYPE_FLOAT32, count * count);
  if (Overlap(points.memory(), points.bytes(), out.memory(), out.bytes())) Refuse(info, 2, "memory of its own");
  work.Begin(3);
  work.Require(work.cuda().pairwise_distances(work.device(), work.stream().raw(), At<float>(points), rows,
                                              static_cast<int64_t>(points.length / count), At<float>(out)));
  return work.End();
}

}  // namespace semd::napi
