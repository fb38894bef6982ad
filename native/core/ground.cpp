#include "ground.h"

#include <memory>
#include <new>
#include <stdexcept>

#include "validity.h"

namespace semd {
namespace {

bool prepare(semd_ground& ground, const semd_ground_description& description, bool may_number_anew) {
  return with_kind(ground.kind, [&](auto kind) {
    ground.term_count = Preparation<kind>::terms(ground.classes);
    return Preparation<kind>::prepare(ground, description, may_number_anew);
  });
}

}  // namespace

Sizes sizes_of(semd_ground_kind kind, size_t classes) {
  return with_kind(kind, [&](auto own) { return Preparation<own>::sizes(classes); });
}

semd_status create_ground(const semd_ground_description& description, bool may_number_anew, semd_ground** out) {
  if (!is_class_count(description.classes) || !is_ground_kind(description.kind)) return SEMD_INVALID_PROBLEM;
  try {
    auto ground = std::make_unique<semd_ground>();
    ground->kind = static_cast<semd_ground_kind>(description.kind);
    ground->classes = description.classes;
    if (!prepare(*ground, description, may_number_anew)) return SEMD_INVALID_PROBLEM;
    *out = ground.release();
    return SEMD_OK;
  } catch (const std::bad_alloc&) {
    return SEMD_OUT_OF_MEMORY;
  } catch (const std::length_error&) {
    return SEMD_OUT_OF_MEMORY;
  }
}

}  // namespace semd
