// Where the rows of a group lie in the caller's memory, and how they get into columns [classes][kLanes] and back.
//
// With `inner` > 1 the classes of a row are far apart, often by a power of two, while neighbouring rows are neighbours in
// memory. Several groups then make a tile, so that a longer stretch of each class is read at a time: caches and translation
// buffers cope badly with a few bytes from each of many pages.
#pragma once

#include "group.h"

namespace SEMD_ISA {
namespace wide {

// Which rows the lanes of a group are, and where their elements begin.
struct Placement {
  int64_t row;      // of lane 0; the rows of a group follow one another, unless
  const int64_t* rows;  // they are listed here
  int count;        // lanes in use
  int64_t stride;   // between the classes of a row
  int64_t origin;   // of lane 0's class 0
  int64_t step;     // from lane to lane; 0 where the lanes are scattered
  int64_t inner, classes;
  int first_class;  // the class in the first column (semd_ground)

  int64_t row_of(int lane) const { return rows ? rows[lane] : row + lane; }
  int64_t offset(int lane) const {
    if (step) return origin + lane * step;
    const int64_t r = row_of(lane);
    return r / inner * classes * inner + r % inner;
  }
};

constexpr int kMaxTile = 4;

static inline int64_t groups_per_outer(const Task& task) { return (task.problem->inner + kLanes - 1) / kLanes; }

// Groups in a tile: as many as fit the nearer caches with their columns.
static inline int groups_per_tile(const Task& task) {
  if (task.problem->inner < kLanes || task.row_list) return 1;
  const int64_t fitting = task.problem->classes <= 128 ? kMaxTile : task.problem->classes <= 512 ? 2 : 1;
  return static_cast<int>(fitting < groups_per_outer(task) ? fitting : groups_per_outer(task));
}

static inline int64_t tiles_of(const Task& task) {
  const int64_t inner = task.problem->inner, tile = groups_per_tile(task);
  if (inner < kLanes || task.row_list) return (task.rows + kLanes - 1) / kLanes;
  return task.problem->outer * ((groups_per_outer(task) + tile - 1) / tile);
}

// A group of listed rows; if they happen to follow one another, it is placed like any other.
static inline void place_listed(const Task& task, int64_t tile, Placement& place) {
  const int64_t first = tile * kLanes, inner = place.inner;
  place.count = static_cast<int>(task.rows - first < kLanes ? task.rows - first : kLanes);
  place.rows = task.row_list + first;
  place.row = place.rows[0];
  place.step = place.origin = 0;
  const int64_t last = place.rows[place.count - 1];
  if (last - place.row != place.count - 1 || last / inner != place.row / inner) return;
  place.rows = nullptr;
  place.origin = place.offset(0);
  place.step = inner == 1 ? place.classes : 1;
}

// Places the groups of a tile, and returns how many there are.
static inline int place_tile(const Task& task, int64_t tile, Placement* places) {
  const int64_t inner = task.problem->inner, classes = task.problem->classes;
  Placement place;
  place.inner = place.stride = inner;
  place.classes = classes;
  place.first_class = task.ground->first_class;
  place.rows = nullptr;
  if (task.row_list) {
    place_listed(task, tile, place);
    places[0] = place;
    return 1;
  }
  if (inner < kLanes) {
    place.row = tile * kLanes;
    place.count = static_cast<int>(task.rows - place.row < kLanes ? task.rows - place.row : kLanes);
    place.step = inner == 1 ? classes : 0;
    place.origin = inner == 1 ? place.row * classes : 0;
    places[0] = place;
    return 1;
  }
  place.step = 1;
  const int64_t per_tile = groups_per_tile(task), tiles = (groups_per_outer(task) + per_tile - 1) / per_tile;
  const int64_t outer = tile / tiles;
  int count = 0;
  for (int64_t first = tile % tiles * per_tile * kLanes; first < inner && count < per_tile; first += kLanes) {
    place.row = outer * inner + first;
    place.count = static_cast<int>(inner - first < kLanes ? inner - first : kLanes);
    place.origin = outer * classes * inner + first;
    places[count++] = place;
  }
  return count;
}

// Loads `classes` neighbouring classes from `first` on. Lanes not in use repeat lane 0, or hold 0.
static void load_classes(const Placement& place, const float* from, int first, int classes, float* to) {
  from += first * place.stride;
  if (place.stride == 1) {
    const float* row[kLanes];
    if (place.rows) {
      for (int lane = 0; lane < kLanes; lane++) row[lane] = from + place.rows[lane < place.count ? lane : 0] * place.classes;
    } else {
      for (int lane = 0; lane < kLanes; lane++) row[lane] = from + place.origin + (lane < place.count ? lane : 0) * place.step;
    }
    load_transposed(row, classes, to);
  } else if (place.step) {
    const float* source = from + place.origin;
    for (int i = 0; i < classes; i++) store(at(to, i), load_first(source + i * place.stride, place.count, zero()));
  } else {
    for (int lane = 0; lane < kLanes; lane++) {
      const float* source = from + place.offset(lane < place.count ? lane : 0);
      for (int i = 0; i < classes; i++) at(to, i)[lane] = source[i * place.stride];
    }
  }
}

// Loads a number per row, 0 in lanes not in use.
static inline Float load_per_row(const Placement& place, const float* values) {
  if (!place.rows) return load_first(values + place.row, place.count, zero());
  alignas(64) float each[kLanes] = {};
  for (int lane = 0; lane < place.count; lane++) each[lane] = values[place.rows[lane]];
  return load(each);
}
static inline void store_per_row(const Placement& place, float* values, Float v) {
  if (!place.rows) return store_first(values + place.row, place.count, v);
  alignas(64) float each[kLanes];
  store(each, v);
  for (int lane = 0; lane < place.count; lane++) values[place.rows[lane]] = each[lane];
}

static SEMD_NEVER_INLINE void store_listed(const Placement& place, const float* from, int classes, float* to) {
  float* row[kLanes];
  for (int lane = 0; lane < place.count; lane++) row[lane] = to + place.rows[lane] * place.classes;
  store_transposed(from, classes, RowsAt{row}, place.count);
}

static void store_classes(const Placement& place, const float* from, int first, int classes, float* to) {
  to += first * place.stride;
  if (place.stride == 1 && place.step) {
    store_transposed(from, classes, RowsInOrder{to + place.origin, place.step}, place.count);
  } else if (place.stride == 1) {
    store_listed(place, from, classes, to);
  } else if (place.step) {
    float* target = to + place.origin;
    for (int i = 0; i < classes; i++) store_first(target + i * place.stride, place.count, load(at(from, i)));
  } else {
    for (int lane = 0; lane < place.count; lane++) {
      float* target = to + place.offset(lane);
      for (int i = 0; i < classes; i++) target[i * place.stride] = at(from, i)[lane];
    }
  }
}

static void load_columns(const Placement& place, const float* from, int classes, float* to) {
  if (place.first_class == 0) return load_classes(place, from, 0, classes, to);
  const int ahead = classes - place.first_class;
  load_classes(place, from, place.first_class, ahead, to);
  load_classes(place, from, 0, place.first_class, at(to, ahead));
}

static void store_columns(const Placement& place, const float* from, int classes, float* to) {
  if (place.first_class == 0) return store_classes(place, from, 0, classes, to);
  const int ahead = classes - place.first_class;
  store_classes(place, from, place.first_class, ahead, to);
  store_classes(place, at(from, ahead), 0, place.first_class, to);
}

// Whether the groups are whole and lie side by side.
static inline bool is_stretch(const Placement* places, int count) {
  return places[0].step == 1 && places[0].stride > 1 && places[count - 1].count == kLanes && places[0].first_class == 0;
}

// Loads a tile to `count` arrays that begin `array` floats apart. `written_later`, if any, has the shape of `from` and is
// prefetched for writing.
static void load_tile(const Placement* places, int count, const float* from, int classes, float* to, int64_t array,
                      const float* written_later) {
  if (!is_stretch(places, count)) {
    for (int group = 0; group < count; group++) load_columns(places[group], from, classes, to + group * array);
    return;
  }
  const int64_t stride = places[0].stride;
  const float* source = from + places[0].origin;
  for (int i = 0; i < classes; i++, source += stride) {
    for (int group = 0; group < count; group++) {
      store(at(to, i) + group * array, load(source + group * kLanes));
      // The next tile's part of this class, and what this tile will write: hardware does not prefetch from so many pages.
      for (int line = 0; line < kLanes; line += 16) {
        half::prefetch(source + (count + group) * kLanes + line);
        if (written_later) half::prefetch(written_later + (source - from) + group * kLanes + line);
      }
    }
  }
}

static void store_tile(const Placement* places, int count, const float* from, int64_t array, int classes, float* to) {
  if (!is_stretch(places, count)) {
    for (int group = 0; group < count; group++) store_columns(places[group], from + group * array, classes, to);
    return;
  }
  const int64_t stride = places[0].stride;
  float* target = to + places[0].origin;
  for (int i = 0; i < classes; i++, target += stride) {
    for (int group = 0; group < count; group++) store(target + group * kLanes, load(at(from, i) + group * array));
  }
}

}  // namespace wide
}  // namespace SEMD_ISA
