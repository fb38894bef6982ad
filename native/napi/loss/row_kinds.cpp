#include "row_kinds.h"

#include <new>

#include "../../core/limits.h"
#include "../../include/squared_emd.h"
#include "../core/arguments.h"

namespace semd::napi {

Napi::Value FindRowKinds(const Napi::CallbackInfo& info, const EnvironmentPtr&) {
  const View values = ViewAt(info, 0), kinds = ViewAt(info, 1);
  if (values.type != napi_float32_array) Refuse(info, 0, "a Float32Array");
  if (kinds.type != napi_int32_array || kinds.length == 0 || values.length == 0 || values.length % kinds.length != 0 ||
      values.length / kinds.length > kMostClasses || Overlap(values.data, values.Bytes(), kinds.data, kinds.Bytes())) {
    Refuse(info, 1, "an Int32Array with an element per row, in memory of its own");
  }
  semd_problem problem{};
  problem.outer = static_cast<int64_t>(kinds.length);
  problem.inner = 1;
  problem.classes = static_cast<int32_t>(values.length / kinds.length);
  problem.threads = Int32At(info, 2, 0, kMostThreads);
  problem.target_kind = SEMD_DISTRIBUTION_FLOAT32;
  problem.targets = values.data;
  if (semd_cpu_row_kinds(&problem, static_cast<int32_t*>(kinds.data)) != SEMD_OK) throw std::bad_alloc();
  return info.Env().Undefined();
}

}  // namespace semd::napi
