#include "class_centroids.h"

#include <cstring>
#include <memory>
#include <new>

#include "../../core/validity.h"
#include "../core/arguments.h"
#include "../core/background.h"
#include "../loss/call.h"
#include "centroid_memory.h"
#include "../core/errors.h"
#include "../core/host_block.h"
#include "../core/reference.h"

namespace semd::napi {
namespace {

template <class Number>
Number* Numbers(const Napi::CallbackInfo& info, size_t index, napi_typedarray_type type, size_t length) {
  const View view = ViewAt(info, index);
  if (view.type != type || view.length != length) Refuse(info, index, "a typed array of that type and length");
  return static_cast<Number*>(view.data);
}

void CheckStatus(Napi::Env env, const Environment& environment, semd_status status) {
  if (status == SEMD_OUT_OF_MEMORY) throw std::bad_alloc();
  if (status != SEMD_OK) ThrowEmdError(env, environment, "INTERNAL", "native code: an argument has no checked value");
}

// The error of a background call that failed; null if it succeeded.
napi_value FailureOf(napi_env env, const Environment& environment, semd_status status) {
  if (status == SEMD_OK) return nullptr;
  return MakeEmdError(env, environment, "OUT_OF_MEMORY", "squared-emd: no memory for this call");
}

semd_status Update(const Centroids& centroids, double momentum) {
  return semd_cpu_update_centroids(centroids.features, centroids.classes, momentum, 0, centroids.sums, centroids.counts,
                                   centroids.centroids);
}

semd_status Measure(const Centroids& centroids, int32_t scale, float* out) {
  return semd_cpu_class_distances(centroids.centroids, centroids.classes, centroids.features, scale, 0, out);
}

// The centroids that a call works on: in native memory if it runs `later`.
Centroids PlaceAt(const Napi::CallbackInfo& info, size_t index, const Environment& environment, bool later) {
  return later ? OwnCentroidsAt(info, index, environment) : CentroidsAt(info, index, environment);
}

// Adds copies of the rows to native memory.
class Accumulating : public Background {
 public:
  Accumulating(const semd_feature_rows& rows, const View& features, const View& labels, Centroids centroids,
               EnvironmentPtr environment)
      : Background(std::move(environment)),
        memory_(HostBlock::Aligned(features.Bytes()) + HostBlock::Aligned(labels.Bytes())),
        rows_(rows),
        centroids_(std::move(centroids)) {
    rows_.values = static_cast<const float*>(memory_.Copy(features));
    rows_.labels = memory_.Copy(labels);
  }
  // Checks the copies, as another thread may change shared arrays.
  semd_status CheckLabels(semd_result* result) const { return semd_cpu_check_labels(&rows_, result); }
  void Execute() override {
    semd_result result{};
    status_ = semd_cpu_accumulate(&rows_, centroids_.sums, centroids_.counts, &result);
  }
  napi_value Deliver(napi_env env) override { return FailureOf(env, this->environment(), status_); }

 private:
  HostBlock memory_;
  semd_feature_rows rows_;
  const Centroids centroids_;
  semd_status status_ = SEMD_OUT_OF_MEMORY;  // until it has run
};

class Updating : public Background {
 public:
  Updating(Centroids centroids, double momentum, EnvironmentPtr environment)
      : Background(std::move(environment)), centroids_(std::move(centroids)), momentum_(momentum) {}
  void Execute() override { status_ = Update(centroids_, momentum_); }
  napi_value Deliver(napi_env env) override { return FailureOf(env, this->environment(), status_); }

 private:
  const Centroids centroids_;
  const double momentum_;
  semd_status status_ = SEMD_OUT_OF_MEMORY;  // until it has run
};

// Writes the user's array when it is done, if that still has its memory.
class Measuring : public Background {
 public:
  Measuring(Centroids centroids, int32_t scale, EnvironmentPtr environment)
      : Background(std::move(environment)),
        centroids_(std::move(centroids)),
        scale_(scale),
        memory_(HostBlock::Aligned(OutBytes())),
        distances_(static_cast<float*>(memory_.Take(OutBytes()))) {}
  bool Remember(napi_env env, napi_value out) { return out_.Set(env, out); }
  void Execute() override { status_ = Measure(centroids_, scale_, distances_); }
  napi_value Deliver(napi_env env) override {
    View out;
    const napi_value value = out_.Value();
    if (status_ != SEMD_OK || !value) return FailureOf(env, this->environment(), status_);
    if (!View::Read(env, value, &out) || out.Bytes() != OutBytes()) {
      return MakeGoneError(env, "out");
    }
    std::memcpy(out.data, distances_, OutBytes());
    return nullptr;
  }

 private:
  size_t OutBytes() const {
    const auto classes = static_cast<size_t>(centroids_.classes);
    return classes * classes * sizeof(float);
  }

  const Centroids centroids_;
  const int32_t scale_;
  HostBlock memory_;
  float* const distances_;
  Reference out_;
  semd_status status_ = SEMD_OUT_OF_MEMORY;
};

}  // namespace

Napi::Value Accumulate(const Napi::CallbackInfo& info, const EnvironmentPtr& environment) {
  const Napi::Env env = info.Env();
  const View features = ViewAt(info, 0), labels = ViewAt(info, 1);
  const bool later = BooleanAt(info, 5);
  const Centroids centroids = PlaceAt(info, 2, *environment, later);
  semd_feature_rows rows{};
  rows.rows = static_cast<int64_t>(labels.length);
  rows.classes = centroids.classes;
  rows.features = centroids.features;
  const size_t expected = static_cast<size_t>(rows.features) * labels.length;
  if (features.type != napi_float32_array || features.length != expected) Refuse(info, 0, "features of all rows");
  if (!TargetKind(labels.type, &rows.label_kind) || !is_label_kind(rows.label_kind)) {
    Refuse(info, 1, "class indices");
  }
  rows.values = static_cast<const float*>(features.data);
  rows.labels = labels.data;
  rows.normalize = NameAt(info, 3, is_feature_norm);
  rows.has_ignore_index = !info[4].IsNull();
  if (rows.has_ignore_index) rows.ignore_index = IntegerAt(info, 4, -kMaxSafeInteger, kMaxSafeInteger);

  semd_result result{};
  std::unique_ptr<Accumulating> work;
  if (later) work = std::make_unique<Accumulating>(rows, features, labels, centroids, environment);
  const semd_status status =
      later ? work->CheckLabels(&result) : semd_cpu_accumulate(&rows, centroids.sums, centroids.counts, &result);
  if (status == SEMD_INVALID_LABEL) return Napi::Number::New(env, static_cast<double>(result.index));
  CheckStatus(env, *environment, status);
  return later ? Background::StartOrThrow(env, std::move(work)) : Napi::Number::New(env, -1).As<Napi::Value>();
}

Napi::Value UpdateCentroids(const Napi::CallbackInfo& info, const EnvironmentPtr& environment) {
  const Napi::Env env = info.Env();
  const double momentum = NumberAt(info, 1);
  if (!(momentum >= 0 && momentum < 1)) Refuse(info, 1, "a number from 0 on, less than 1");
  const bool later = BooleanAt(info, 2);
  Centroids centroids = PlaceAt(info, 0, *environment, later);
  if (later) {
    auto work = std::make_unique<Updating>(std::move(centroids), momentum, environment);
    return Background::StartOrThrow(env, std::move(work));
  }
  CheckStatus(env, *environment, Update(centroids, momentum));
  return env.Undefined();
}

Napi::Value ClassDistances(const Napi::CallbackInfo& info, const EnvironmentPtr& environment) {
  const Napi::Env env = info.Env();
  const int32_t scale = NameAt(info, 1, is_scale);
  const bool later = BooleanAt(info, 3);
  Centroids centroids = PlaceAt(info, 0, *environment, later);
  const auto classes = static_cast<size_t>(centroids.classes);
  auto* out = Numbers<float>(info, 2, napi_float32_array, classes * classes);
  if (later) {
    auto work = std::make_unique<Measuring>(std::move(centroids), scale, environment);
    if (!work->Remember(env, info[2])) throw std::bad_alloc();
    return Background::StartOrThrow(env, std::move(work));
  }
  const size_t centroid_bytes = centroids.size() * sizeof(float), out_bytes = classes * classes * sizeof(float);
  if (Overlap(centroids.centroids, centroid_bytes, out, out_bytes)) Refuse(info, 2, "memory of its own");
  CheckStatus(env, *environment, Measure(centroids, scale, out));
  return env.Undefined();
}

Napi::Value PairwiseDistances(const Napi::CallbackInfo& info, const EnvironmentPtr& environment) {
  const View points = ViewAt(info, 0);
  const int64_t rows = IntegerAt(info, 1, 1, kMostPoints);
  const auto count = static_cast<size_t>(rows);
  if (points.type != napi_float32_array || points.length == 0 || points.length % count != 0) Refuse(info, 0, "points");
  auto* out = Numbers<float>(info, 2, napi_float32_array, count * count);
  if (Overlap(points.data, points.Bytes(), out, count * count * sizeof(float))) Refuse(info, 2, "memory of its own");
  CheckStatus(info.Env(), *environment,
              semd_cpu_distances(static_cast<const float*>(points.data), rows, static_cast<int64_t>(points.length / count), 0,
                                 out));
  return info.Env().Undefined();
}

}  // namespace semd::napi
