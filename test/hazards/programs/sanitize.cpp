// The CPU backend alone, without Node, over many shapes: built with sanitizers, and run under every instruction set.
// Each problem is solved with its arrays in three kinds of places, which must give the same bits:
//   heap      exact allocations, 4 bytes off a vector's alignment, whose ends AddressSanitizer watches;
//   page end  the last element is the last before memory that may not be touched, which also catches the masked and
//             vector instructions that AddressSanitizer does not see;
//   page start  the first element is the first after such memory.
#include <sys/mman.h>
#include <unistd.h>

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <memory>
#include <vector>

#include "../../../native/include/squared_emd.h"

namespace {

enum class Place { heap, page_end, page_start };
constexpr Place kPlaces[] = {Place::heap, Place::page_end, Place::page_start};

[[noreturn]] void fail(const char* what, const char* detail) {
  std::printf("%s: %s\n", what, detail);
  std::exit(1);
}

// An array of exactly `count` elements.
template <class T>
class Array {
 public:
  Array(Place place, size_t count) : count_(count) {
    const size_t bytes = count * sizeof(T);
    if (place == Place::heap) {
      heap_.reset(static_cast<char*>(std::malloc(bytes + sizeof(T))));
      data_ = reinterpret_cast<T*>(heap_.get()) + 1;
      return;
    }
    const size_t page = static_cast<size_t>(sysconf(_SC_PAGESIZE));
    const size_t inside = (bytes + page) / page * page;
    mapped_ = inside + 2 * page;
    void* memory = mmap(nullptr, mapped_, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) fail("mmap", "no memory");
    base_ = static_cast<char*>(memory);
    mprotect(base_ + page, inside, PROT_READ | PROT_WRITE);
    data_ = reinterpret_cast<T*>(base_ + page + (place == Place::page_end ? inside - bytes : 0));
  }
  ~Array() {
    if (base_) munmap(base_, mapped_);
  }
  Array(const Array&) = delete;
  T* data() { return data_; }
  T& operator[](size_t i) { return data_[i]; }
  size_t size() const { return count_; }

 private:
  struct Free {
    void operator()(char* memory) const { std::free(memory); }
  };
  size_t count_, mapped_ = 0;
  std::unique_ptr<char, Free> heap_;
  char* base_ = nullptr;
  T* data_ = nullptr;
};

struct Random {
  uint32_t state;
  uint32_t next() {
    state = state * 1664525u + 1013904223u;
    return state >> 8;
  }
  float uniform() { return static_cast<float>(next()) / 16777216.0f; }
};

struct Shape {
  int classes, outer, inner;
};

struct Choice {
  Shape shape;
  int ground, power, input, target_kind, normalization, reduction;
  bool weights, ignore, in_place, cross_entropy;
};

struct Outcome {
  std::vector<float> gradient, losses;
  semd_result result;
};

// Where the arrays of a problem live is the only thing that `place` decides.
class Case {
 public:
  Case(const Choice& choice, Place place)
      : c(choice),
        rows(size_t(c.shape.outer) * c.shape.inner),
        random{uint32_t(c.shape.classes * 7919 + c.shape.outer * 31 + c.ground)},
        predictions(place, rows * c.shape.classes),
        gradient(place, rows * c.shape.classes),
        losses(place, rows),
        class_weights(place, c.shape.classes),
        sample_weights(place, rows),
        upstream(place, rows),
        distribution(place, c.target_kind == SEMD_DISTRIBUTION_FLOAT32 ? rows * c.shape.classes : 1),
        labels32(place, rows),
        labels8(place, rows),
        labels16(place, rows),
        labels64(place, rows) {
    fill();
    make_ground(place);
  }
  ~Case() { semd_cpu_backend()->ground_destroy(ground); }

  Outcome solve(int threads) {
    semd_problem p{};
    p.outer = c.shape.outer;
    p.inner = c.shape.inner;
    p.classes = c.shape.classes;
    p.power = c.power;
    p.input = c.input;
    p.normalization = c.normalization;
    p.reduction = c.reduction;
    p.target_kind = c.target_kind;
    p.has_ignore_index = c.ignore;
    p.ignore_index = 1;
    p.threads = threads;
    p.cross_entropy_weight = c.cross_entropy ? 0.5 : 0;
    p.emd_weight = 1;
    p.upstream = 1;
    p.ground = ground;
    p.predictions = predictions.data();
    p.targets = targets();
    p.class_weights = c.weights ? class_weights.data() : nullptr;
    p.sample_weights = c.weights ? sample_weights.data() : nullptr;
    p.upstream_rows = c.reduction == SEMD_REDUCE_NONE ? upstream.data() : nullptr;
    p.gradient = c.in_place ? predictions.data() : gradient.data();
    p.losses = losses.data();
    Outcome outcome;
    if (semd_cpu_backend()->loss(&p, &outcome.result) != SEMD_OK) fail("loss", "refused");
    outcome.gradient.assign(p.gradient, p.gradient + predictions.size());
    outcome.losses.assign(losses.data(), losses.data() + rows);
    return outcome;
  }

  // A wrong label or weight must be found, and nothing written.
  void refuse() {
    std::memset(gradient.data(), 0x5a, gradient.size() * sizeof(float));
    if (rows == 0 || c.target_kind == SEMD_DISTRIBUTION_FLOAT32) return;
    for (size_t b = 0; b < rows; b++) labels64[b] = labels32[b] = labels16[b] = labels8[b] = 0;
    const size_t at = rows - 1;
    labels32[at] = c.shape.classes;
    labels8[at] = 255;
    labels16[at] = 65535;
    labels64[at] = std::numeric_limits<int64_t>::min();
    semd_problem p{};
    p.outer = c.shape.outer;
    p.inner = c.shape.inner;
    p.classes = c.shape.classes;
    p.power = c.power;
    p.target_kind = c.target_kind;
    p.threads = 1;
    p.emd_weight = p.upstream = 1;
    p.ground = ground;
    p.predictions = predictions.data();
    p.targets = targets();
    p.gradient = gradient.data();
    semd_result result{};
    if (c.target_kind == SEMD_LABELS_UINT8 && c.shape.classes > 255) return;
    if (semd_cpu_backend()->loss(&p, &result) != SEMD_INVALID_LABEL) fail("wrong label", "accepted");
    if (result.index != int64_t(at)) fail("wrong label", "not the one named");
    for (size_t i = 0; i < gradient.size(); i++) {
      uint32_t bits;
      std::memcpy(&bits, &gradient[i], 4);
      if (bits != 0x5a5a5a5au) fail("wrong label", "the gradient was written to");
    }
  }

 private:
  const void* targets() {
    switch (c.target_kind) {
      case SEMD_LABELS_INT32:
      case SEMD_LABELS_UINT32:
        return labels32.data();
      case SEMD_LABELS_UINT8:
      case SEMD_LABELS_INT8:
        return labels8.data();
      case SEMD_LABELS_UINT16:
      case SEMD_LABELS_INT16:
        return labels16.data();
      case SEMD_LABELS_INT64:
        return labels64.data();
      default:
        return distribution.data();
    }
  }

  void fill() {
    const int classes = c.shape.classes;
    for (size_t i = 0; i < predictions.size(); i++) {
      predictions[i] = c.input == SEMD_PROBABILITIES ? 1.0f / float(classes) : 8 * random.uniform() - 4;
      if (c.input == SEMD_LOGITS && random.next() % 16 == 0) predictions[i] = -std::numeric_limits<float>::infinity();
      if (random.next() % 512 == 0) predictions[i] = std::numeric_limits<float>::quiet_NaN();
    }
    if (c.target_kind == SEMD_DISTRIBUTION_FLOAT32) fill_distributions();
    for (size_t b = 0; b < rows; b++) {
      const int most = c.target_kind == SEMD_LABELS_INT8 ? 128 : 256;
      const int label = int(random.next() % unsigned(classes < most ? classes : most));
      labels32[b] = label;
      labels8[b] = uint8_t(label);
      labels16[b] = uint16_t(label);
      labels64[b] = label;
      sample_weights[b] = b % 5 == 3 ? 0.0f : random.uniform();
      if (c.weights && b % 5 == 3) {  // not looked at, so it may be anything
        labels32[b] = b % 2 ? std::numeric_limits<int32_t>::min() : std::numeric_limits<int32_t>::max();
        labels8[b] = 255;
        labels16[b] = 65535;
        labels64[b] = b % 2 ? std::numeric_limits<int64_t>::min() : std::numeric_limits<int64_t>::max();
      }
      upstream[b] = random.uniform() - 0.5f;
    }
    for (int i = 0; i < classes; i++) class_weights[size_t(i)] = i % 7 == 3 ? 0.0f : random.uniform();
  }

  // Rows of several classes, of one, of none, and such whose sum is far from 1; in some batches only those of one and of none.
  void fill_distributions() {
    const size_t classes = size_t(c.shape.classes), inner = size_t(c.shape.inner);
    const bool spread = c.shape.outer % 3 != 0;
    for (size_t b = 0; b < rows; b++) {
      const unsigned kind = random.next() % (spread ? 4 : 2);
      const size_t own = random.next() % classes;
      for (size_t i = 0; i < classes; i++) {
        const float value = kind == 0 ? 0 : kind == 1 ? float(i == own) : kind == 2 ? random.uniform() : 3e30f;
        distribution[(b / inner * classes + i) * inner + b % inner] = value;
      }
    }
  }

  void make_ground(Place place) {
    const size_t classes = size_t(c.shape.classes);
    const bool plain = c.shape.outer % 2 == 0;  // without gaps or lengths
    semd_ground_description d{};
    d.kind = c.ground;
    d.classes = c.shape.classes;
    d.exponent = 1.5;
    d.offset = c.normalization >= SEMD_ROOT_MEAN ? 0.25 : -0.25;
    Array<double> lengths(place, c.ground == SEMD_ORDERED ? classes - 1 : classes);
    Array<int32_t> parents(place, classes);
    Array<float> distances(place, c.ground == SEMD_MATRIX ? classes * classes : 1);
    for (size_t i = 0; i < lengths.size(); i++) lengths[i] = 0.25 + random.uniform();
    if (c.power == 2) lengths[random.next() % lengths.size()] = 1e6;
    for (size_t i = 0; i < classes; i++) parents[i] = i == 0 ? -1 : int32_t(random.next() % i);
    for (size_t i = 0; i < distances.size(); i++) {
      distances[i] = std::fabs(float(i / classes) - float(i % classes)) / float(classes);
    }
    if (c.ground == SEMD_MATRIX) d.distances = distances.data();
    if (c.ground == SEMD_TREE) d.parents = parents.data();
    if (c.ground == SEMD_TREE && !plain) d.weights = lengths.data();
    if (c.ground <= SEMD_CIRCULAR && !plain) d.weights = lengths.data();
    if (semd_cpu_backend()->ground_create(&d, &ground) != SEMD_OK) fail("ground", "refused");
  }

  Choice c;
  size_t rows;
  Random random;
  Array<float> predictions, gradient, losses, class_weights, sample_weights, upstream, distribution;
  Array<int32_t> labels32;
  Array<uint8_t> labels8;
  Array<uint16_t> labels16;
  Array<int64_t> labels64;
  semd_ground* ground = nullptr;
};

bool same(const std::vector<float>& a, const std::vector<float>& b) {
  return a.size() == b.size() && (a.empty() || std::memcmp(a.data(), b.data(), a.size() * sizeof(float)) == 0);
}

int run_case(const Choice& choice) {
  char what[200];
  std::snprintf(what, sizeof what,
                "%s: C %d, outer %d, inner %d, ground %d, power %d, input %d, targets %d, normalization %d, reduction %d, "
                "weights %d, ignore %d, in place %d",
                semd_cpu_isa(), choice.shape.classes, choice.shape.outer, choice.shape.inner, choice.ground, choice.power,
                choice.input, choice.target_kind, choice.normalization, choice.reduction, choice.weights, choice.ignore,
                choice.in_place);
  Outcome first;
  for (const Place place : kPlaces) {
    Case problem(choice, place);
    const Outcome outcome = problem.solve(place == Place::heap ? 2 : 1);
    if (place == Place::heap) first = outcome;
    if (!same(outcome.gradient, first.gradient)) fail(what, "the gradient depends on where arrays are");
    if (!same(outcome.losses, first.losses)) fail(what, "the losses depend on where arrays are");
    problem.refuse();
  }
  return 1;
}

}  // namespace

int main() {
  const Shape shapes[] = {{2, 0, 1},  {2, 1, 1},    {2, 37, 1},  {3, 2, 1},   {3, 33, 1},  {5, 18, 1},  {7, 4, 1},   {8, 17, 1},
                          {15, 5, 1}, {16, 16, 1},  {17, 3, 1},  {31, 2, 1},  {32, 19, 1}, {33, 7, 1},  {63, 2, 1},  {64, 3, 1},
                          {65, 2, 1}, {100, 9, 1},  {129, 2, 1}, {257, 1, 1}, {300, 2, 1}, {1000, 1, 1}, {1025, 2, 1}, {2, 1, 7},
                          {3, 2, 16}, {8, 1, 33},   {9, 2, 17},  {17, 1, 5},  {33, 1, 64}, {100, 1, 3}, {300, 1, 9}, {8, 600, 1},
                          {64, 1100, 1}};
  int solved = 0;
  unsigned mixer = 0;
  for (const Shape& shape : shapes) {
    for (int ground = SEMD_ORDERED; ground <= SEMD_MATRIX; ground++) {
      for (int power = 1; power <= 2; power++) {
        for (int input = SEMD_LOGITS; input <= SEMD_PROBABILITIES; input++) {
          for (const int target_kind : {int(SEMD_LABELS_INT32), int(SEMD_DISTRIBUTION_FLOAT32), -1}) {
            // The remaining choices go round, each at its own pace.
            const unsigned m = mixer++;
            Choice choice{shape, ground, power, input, target_kind, int(m % 4), int(m / 2 % 3), m % 3 == 0, m % 5 == 0, m % 2 == 0, m % 7 < 3};
            if (target_kind < 0) choice.target_kind = SEMD_LABELS_UINT8 + int(m % 6);
            if (choice.target_kind == SEMD_DISTRIBUTION_FLOAT32) {
              choice.ignore = false;
              if (ground == SEMD_MATRIX && shape.classes > 300) continue;
            }
            solved += run_case(choice);
          }
        }
      }
    }
  }
  std::printf("%s: %d problems\n", semd_cpu_isa(), solved);
  return 0;
}
