#include "class_centroids.h"

#include <cstring>
#include <memory>
#include <new>

#include "../squared_emd_centroids.h"
#include "arguments.h"
#include "background.h"
#include "call.h"
#include "errors.h"
#include "reference.h"
#include "staging.h"

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

napi_value StartOrThrow(Napi::Env env, std::unique_ptr<Background> work) {
  const napi_value promise = Background::Start(env, std::move(work));
  if (!promise) throw Napi::Error::New(env);
  return promise;
}

// The error of a background call that failed, or null.
napi_value FailureOf(napi_env env, const Environment& environment, semd_status status) {
  if (status == SEMD_OK) return nullptr;
  return MakeEmdError(env, environment, "OUT_OF_MEMORY", "squared-emd: no memory for this call");
}

napi_value RangeErrorOf(napi_env env, const char* message) {
  napi_value text = nullptr, error = nullptr;
  napi_create_string_utf8(env, message, NAPI_AUTO_LENGTH, &text);
  return napi_create_range_error(env, nullptr, text, &error) == napi_ok ? error : nullptr;
}

// Sums and counts belong to the library alone, so that nobody can take their memory away meanwhile.
class Accumulating : public Background {
 public:
  Accumulating(const semd_feature_rows& rows, const View& features, const View& labels, double* sums, double* counts,
               EnvironmentPtr environment)
      : environment_(std::move(environment)),
        memory_(Staging::Aligned(features.Bytes()) + Staging::Aligned(labels.Bytes())),
        rows_(rows),
        sums_(sums),
        counts_(counts) {
    rows_.values = static_cast<const float*>(Copy(features));
    rows_.labels = Copy(labels);
  }
  bool Remember(napi_env env, napi_value sums, napi_value counts) {
    return kept_sums_.Set(env, sums) && kept_counts_.Set(env, counts);
  }
  void Execute() noexcept override {
    semd_result result{};
    status_ = semd_cpu_accumulate(&rows_, sums_, counts_, &result);
  }
  napi_value Deliver(napi_env env) noexcept override { return FailureOf(env, *environment_, status_); }

 private:
  void* Copy(const View& view) {
    void* copy = memory_.Take(view.Bytes());
    if (view.length != 0) std::memcpy(copy, view.data, view.Bytes());
    return copy;
  }

  const EnvironmentPtr environment_;
  Staging memory_;
  semd_feature_rows rows_;
  double* const sums_;
  double* const counts_;
  Reference kept_sums_, kept_counts_;
  semd_status status_ = SEMD_OUT_OF_MEMORY;  // until it has run
};

// All three arrays belong to the library alone.
class Updating : public Background {
 public:
  Updating(int64_t features, int32_t classes, double momentum, double* sums, double* counts, float* centroids,
           EnvironmentPtr environment)
      : environment_(std::move(environment)),
        features_(features),
        classes_(classes),
        momentum_(momentum),
        sums_(sums),
        counts_(counts),
        centroids_(centroids) {}
  bool Remember(const Napi::CallbackInfo& info) {
    return kept_[0].Set(info.Env(), info[0]) && kept_[1].Set(info.Env(), info[1]) && kept_[2].Set(info.Env(), info[2]);
  }
  void Execute() noexcept override {
    status_ = semd_cpu_update_centroids(features_, classes_, momentum_, 0, sums_, counts_, centroids_);
  }
  napi_value Deliver(napi_env env) noexcept override { return FailureOf(env, *environment_, status_); }

 private:
  const EnvironmentPtr environment_;
  const int64_t features_;
  const int32_t classes_;
  const double momentum_;
  double* const sums_;
  double* const counts_;
  float* const centroids_;
  Reference kept_[3];
  semd_status status_ = SEMD_OUT_OF_MEMORY;  // until it has run
};

// Writes the user's array when it is done, if that is still what it was.
class Measuring : public Background {
 public:
  Measuring(const float* centroids, int32_t classes, int64_t features, int32_t scale, EnvironmentPtr environment)
      : environment_(std::move(environment)),
        classes_(classes),
        features_(features),
        scale_(scale),
        memory_(Staging::Aligned(CentroidBytes()) + Staging::Aligned(OutBytes())),
        centroids_(static_cast<float*>(memory_.Take(CentroidBytes()))),
        distances_(static_cast<float*>(memory_.Take(OutBytes()))) {
    std::memcpy(centroids_, centroids, CentroidBytes());
  }
  bool Remember(napi_env env, napi_value out) { return out_.Set(env, out); }
  void Execute() noexcept override {
    status_ = semd_cpu_class_distances(centroids_, classes_, features_, scale_, 0, distances_);
  }
  napi_value Deliver(napi_env env) noexcept override {
    View out;
    const napi_value value = out_.Value();
    if (status_ != SEMD_OK || !value) return FailureOf(env, *environment_, status_);
    if (!View::Read(env, value, &out) || out.Bytes() != OutBytes()) {
      return RangeErrorOf(env, "out: expected the array as it was when the call began, but it was detached or resized meanwhile");
    }
    std::memcpy(out.data, distances_, OutBytes());
    return nullptr;
  }

 private:
  size_t CentroidBytes() const { return static_cast<size_t>(classes_ * features_) * sizeof(float); }
  size_t OutBytes() const { return static_cast<size_t>(classes_) * static_cast<size_t>(classes_) * sizeof(float); }

  const EnvironmentPtr environment_;
  const int32_t classes_;
  const int64_t features_;
  const int32_t scale_;
  Staging memory_;
  float* const centroids_;
  float* const distances_;
  Reference out_;
  semd_status status_ = SEMD_OUT_OF_MEMORY;
};

}  // namespace

Napi::Value Accumulate(const Napi::CallbackInfo& info, const EnvironmentPtr& environment) {
  const Napi::Env env = info.Env();
  const View features = ViewAt(info, 0), labels = ViewAt(info, 1), counts = ViewAt(info, 3);
  semd_feature_rows rows{};
  rows.rows = static_cast<int64_t>(labels.length);
  rows.classes = static_cast<int32_t>(counts.length);
  const View sums = ViewAt(info, 2);
  if (counts.type != napi_float64_array || counts.length < 2 || counts.length > (1 << 24)) Refuse(info, 3, "counts");
  if (sums.type != napi_float64_array || sums.length == 0 || sums.length % counts.length != 0) Refuse(info, 2, "sums");
  rows.features = static_cast<int64_t>(sums.length / counts.length);
  const size_t expected = static_cast<size_t>(rows.features) * labels.length;
  if (features.type != napi_float32_array || features.length != expected) Refuse(info, 0, "features of all rows");
  if (!TargetKind(labels.type, &rows.label_kind) || rows.label_kind == SEMD_DISTRIBUTION_FLOAT32) {
    Refuse(info, 1, "class indices");
  }
  rows.values = static_cast<const float*>(features.data);
  rows.labels = labels.data;
  rows.normalize = Int32At(info, 4, SEMD_NORMALIZE_L1, SEMD_NORMALIZE_NONE);
  rows.has_ignore_index = !info[5].IsNull();
  if (rows.has_ignore_index) rows.ignore_index = IntegerAt(info, 5, -kMaxSafeInteger, kMaxSafeInteger);
  const bool later = BooleanAt(info, 6);

  auto* sum = static_cast<double*>(sums.data);
  auto* count = static_cast<double*>(counts.data);
  semd_result result{};
  const semd_status status = later ? semd_cpu_check_labels(&rows, &result) : semd_cpu_accumulate(&rows, sum, count, &result);
  if (status == SEMD_INVALID_LABEL) return Napi::Number::New(env, static_cast<double>(result.index));
  CheckStatus(env, *environment, status);
  if (!later) return Napi::Number::New(env, -1);
  auto work = std::make_unique<Accumulating>(rows, features, labels, sum, count, environment);
  if (!work->Remember(env, info[2], info[3])) throw std::bad_alloc();
  return Napi::Value(env, StartOrThrow(env, std::move(work)));
}

Napi::Value UpdateCentroids(const Napi::CallbackInfo& info, const EnvironmentPtr& environment) {
  const View counts = ViewAt(info, 1), sums = ViewAt(info, 0);
  if (counts.type != napi_float64_array || counts.length < 2 || counts.length > (1 << 24)) Refuse(info, 1, "counts");
  if (sums.type != napi_float64_array || sums.length == 0 || sums.length % counts.length != 0) Refuse(info, 0, "sums");
  auto* centroids = Numbers<float>(info, 2, napi_float32_array, sums.length);
  const double momentum = NumberAt(info, 3);
  if (!(momentum >= 0 && momentum < 1)) Refuse(info, 3, "a number from 0 on, less than 1");
  const auto features = static_cast<int64_t>(sums.length / counts.length);
  const auto classes = static_cast<int32_t>(counts.length);
  auto* sum = static_cast<double*>(sums.data);
  auto* count = static_cast<double*>(counts.data);
  if (BooleanAt(info, 4)) {
    auto work = std::make_unique<Updating>(features, classes, momentum, sum, count, centroids, environment);
    if (!work->Remember(info)) throw std::bad_alloc();
    return Napi::Value(info.Env(), StartOrThrow(info.Env(), std::move(work)));
  }
  CheckStatus(info.Env(), *environment, semd_cpu_update_centroids(features, classes, momentum, 0, sum, count, centroids));
  return info.Env().Undefined();
}

Napi::Value ClassDistances(const Napi::CallbackInfo& info, const EnvironmentPtr& environment) {
  const Napi::Env env = info.Env();
  const View centroids = ViewAt(info, 0);
  const int32_t classes = Int32At(info, 1, 2, 1 << 24);
  const int32_t scale = Int32At(info, 2, SEMD_SCALE_RANK, SEMD_SCALE_NONE);
  const auto count = static_cast<size_t>(classes);
  if (centroids.type != napi_float32_array || centroids.length == 0 || centroids.length % count != 0) {
    Refuse(info, 0, "centroids");
  }
  auto* out = Numbers<float>(info, 3, napi_float32_array, count * count);
  const auto features = static_cast<int64_t>(centroids.length / count);
  const auto* values = static_cast<const float*>(centroids.data);
  if (BooleanAt(info, 4)) {
    auto work = std::make_unique<Measuring>(values, classes, features, scale, environment);
    if (!work->Remember(env, info[3])) throw std::bad_alloc();
    return Napi::Value(env, StartOrThrow(env, std::move(work)));
  }
  if (Overlap(centroids.data, centroids.Bytes(), out, count * count * sizeof(float))) Refuse(info, 3, "memory of its own");
  CheckStatus(env, *environment, semd_cpu_class_distances(values, classes, features, scale, 0, out));
  return env.Undefined();
}

Napi::Value PairwiseDistances(const Napi::CallbackInfo& info, const EnvironmentPtr& environment) {
  const View points = ViewAt(info, 0);
  const int64_t rows = IntegerAt(info, 1, 1, 1 << 24);
  const auto count = static_cast<size_t>(rows);
  if (points.type != napi_float32_array || points.length == 0 || points.length % count != 0) Refuse(info, 0, "points");
  auto* out = Numbers<float>(info, 2, napi_float32_array, count * count);
  if (Overlap(points.data, points.Bytes(), out, count * count * sizeof(float))) Refuse(info, 2, "memory of its own");
  CheckStatus(info.Env(), *environment,
              semd_cpu_distances(static_cast<const float*>(points.data), rows, static_cast<int64_t>(points.length / count), 0, out));
  return info.Env().Undefined();
}

}  // namespace semd::napi
