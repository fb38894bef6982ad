// The CUDA library beside the CPU backend, without Node: every ground distance, target and input, in the shapes that take
// each layout of threads. For tools that watch a program's memory and threads (compute-sanitizer on a GPU, the sanitizers
// of the emulator's builds). The accuracy itself is tested from JavaScript: bounds here are those of float32 sums.
//
//   compare LIBRARY [SEED [MOST_CLASSES]]
#include <algorithm>
#include <cmath>
#include <random>
#include <vector>

#include "library.h"

namespace {

struct Shape {
  int64_t outer, inner;
  int32_t classes;
};

// One of each layout, and classes that fill none of them; many rows, so that the emulator's device runs some after others.
constexpr Shape kShapes[] = {{9, 1, 2},    {33, 1, 8},   {5, 1, 10},   {5, 1, 16},   {7, 1, 33},   {3, 1, 70},
                             {3, 1, 101},  {2, 1, 128},  {3, 1, 300},  {2, 1, 500},  {2, 1, 1000}, {2, 1, 1500},
                             {1, 1, 9000}, {1, 1, 30001}, {2, 5, 7},   {2, 33, 21},  {1, 3, 101},  {2500, 1, 33}};

struct Case {
  Shape shape;
  int32_t kind, power, input;
  bool distribution, weighted;
};

using Random = std::mt19937;

float uniform(Random& random, float low, float high) { return low + (high - low) * (random() >> 8) * 0x1p-24f; }

// What a ground distance is made of.
struct Description {
  std::vector<double> gaps;
  std::vector<int32_t> parents;
  std::vector<float> distances;
  semd_ground_description ground{};

  Description(int32_t kind, int32_t classes, Random& random) : gaps(static_cast<size_t>(classes)) {
    for (double& gap : gaps) gap = uniform(random, 0.25f, 4);
    ground.kind = kind;
    ground.classes = classes;
    ground.exponent = 1;
    if (kind == SEMD_TREE) {
      for (int32_t i = 0; i < classes; i++) parents.push_back(i - 1 - static_cast<int32_t>(random() % std::max(1, std::min(i, 3))));
      parents[0] = -1;
      ground.parents = parents.data();
      ground.weights = gaps.data();
    } else if (kind == SEMD_MATRIX) {
      distances.resize(static_cast<size_t>(classes) * static_cast<size_t>(classes));
      for (int32_t i = 0; i < classes; i++) {
        for (int32_t j = 0; j < classes; j++) {
          distances[static_cast<size_t>(i) * static_cast<size_t>(classes) + static_cast<size_t>(j)] =
              static_cast<float>(std::abs(i - j));
        }
      }
      ground.distances = distances.data();
    } else {
      ground.weights = gaps.data();
    }
  }
};

struct Data {
  std::vector<float> predictions, distribution, class_weights, sample_weights;
  std::vector<int32_t> labels;
};

// Every row of a [outer, classes, inner] array.
template <class Body>
void each_row(const Shape& shape, Body body) {
  for (int64_t row = 0; row < shape.outer * shape.inner; row++) {
    const int64_t first = row / shape.inner * shape.classes * shape.inner + row % shape.inner;
    body(row, [&](int64_t i) { return static_cast<size_t>(first + i * shape.inner); });
  }
}

void normalize(const Shape& shape, std::vector<float>& values) {
  each_row(shape, [&](int64_t, auto place) {
    double sum = 0;
    for (int64_t i = 0; i < shape.classes; i++) sum += values[place(i)];
    for (int64_t i = 0; i < shape.classes; i++) values[place(i)] = static_cast<float>(values[place(i)] / sum);
  });
}

Data make_data(const Case& one, Random& random) {
  const size_t rows = static_cast<size_t>(one.shape.outer * one.shape.inner);
  const size_t count = rows * static_cast<size_t>(one.shape.classes);
  Data data;
  for (size_t i = 0; i < count; i++) data.predictions.push_back(uniform(random, -4, 4));
  if (one.input == SEMD_PROBABILITIES) {
    for (float& p : data.predictions) p = std::exp(p);
    normalize(one.shape, data.predictions);
  }
  if (one.distribution) {
    for (size_t i = 0; i < count; i++) data.distribution.push_back(uniform(random, 0, 1));
    normalize(one.shape, data.distribution);
    // Rows of one class and of none among them.
    each_row(one.shape, [&](int64_t row, auto place) {
      for (int64_t i = 0; i < one.shape.classes && row % 4 != 0; i++) {
        const bool single = row % 4 == 1 && i == row % one.shape.classes;
        if (row % 4 != 2) data.distribution[place(i)] = single ? 3.0f : 0.0f;
      }
    });
  }
  for (size_t row = 0; row < rows; row++) {
    data.labels.push_back(static_cast<int32_t>(random() % static_cast<unsigned>(one.shape.classes)));
    data.sample_weights.push_back(row % 3 == 1 ? 0 : uniform(random, 0.5f, 2));
  }
  for (int32_t i = 0; i < one.shape.classes; i++) data.class_weights.push_back(uniform(random, 0.5f, 2));
  return data;
}

semd_problem make_problem(const Case& one, const semd_ground* ground) {
  semd_problem problem{};
  problem.outer = one.shape.outer;
  problem.inner = one.shape.inner;
  problem.classes = one.shape.classes;
  problem.power = one.power;
  problem.input = one.input;
  problem.target_kind = one.distribution ? SEMD_DISTRIBUTION_FLOAT32 : SEMD_LABELS_INT32;
  problem.cross_entropy_weight = 0.5;
  problem.emd_weight = 1;
  problem.upstream = 1;
  problem.ground = ground;
  return problem;
}

struct Solution {
  std::vector<float> gradient, losses;
  semd_result result{};
};

Solution solve_on_cpu(const Case& one, const Description& description, const Data& data) {
  const semd_backend* cpu = semd_cpu_backend();
  semd_ground* ground = nullptr;
  if (cpu->ground_create(&description.ground, &ground) != SEMD_OK) fail("ground_create", "on the CPU");
  Solution solution;
  solution.gradient.resize(data.predictions.size());
  solution.losses.resize(data.labels.size());
  semd_problem problem = make_problem(one, ground);
  problem.predictions = data.predictions.data();
  problem.targets = one.distribution ? static_cast<const void*>(data.distribution.data()) : data.labels.data();
  problem.class_weights = one.weighted ? data.class_weights.data() : nullptr;
  problem.sample_weights = one.weighted ? data.sample_weights.data() : nullptr;
  problem.gradient = solution.gradient.data();
  problem.losses = solution.losses.data();
  if (cpu->loss(&problem, &solution.result) != SEMD_OK) fail("loss", "on the CPU");
  cpu->ground_destroy(ground);
  return solution;
}

Solution solve_on_gpu(const Case& one, const Description& description, const Data& data) {
  semd_ground* ground = nullptr;
  must(cuda->ground_create(0, &description.ground, &ground), "ground_create");
  Device<float> predictions(data.predictions), distribution(data.distribution), class_weights(data.class_weights);
  Device<float> sample_weights(data.sample_weights);
  Device<int32_t> labels(data.labels);
  Device<float> gradient{std::vector<float>(data.predictions.size())}, losses{std::vector<float>(data.labels.size())};
  semd_cuda_problem call{};
  call.problem = make_problem(one, ground);
  call.problem.predictions = predictions.get();
  call.problem.targets = one.distribution ? static_cast<const void*>(distribution.get()) : labels.get();
  call.problem.class_weights = one.weighted ? class_weights.get() : nullptr;
  call.problem.sample_weights = one.weighted ? sample_weights.get() : nullptr;
  call.problem.gradient = gradient.get();
  call.problem.losses = losses.get();
  semd_cuda_pending* pending = nullptr;
  must(cuda->loss_enqueue(&call, &pending), "loss_enqueue");
  Solution solution;
  must(cuda->loss_wait(pending, &solution.result), "loss_wait");
  solution.gradient = gradient.read();
  solution.losses = losses.read();
  cuda->ground_destroy(ground);
  return solution;
}

double distance(const std::vector<float>& a, const std::vector<float>& b, double* norm) {
  double error = 0, all = 0;
  for (size_t i = 0; i < a.size(); i++) {
    error += std::pow(static_cast<double>(a[i]) - b[i], 2);
    all += std::pow(static_cast<double>(b[i]), 2);
  }
  *norm = std::sqrt(all);
  return std::sqrt(error);
}

void compare(const Case& one, unsigned seed) {
  Random random(seed);
  const Description description(one.kind, one.shape.classes, random);
  const Data data = make_data(one, random);
  const Solution cpu = solve_on_cpu(one, description, data), gpu = solve_on_gpu(one, description, data);
  double gradient_norm = 0, loss_norm = 0;
  const double gradient = distance(gpu.gradient, cpu.gradient, &gradient_norm);
  const double losses = distance(gpu.losses, cpu.losses, &loss_norm);
  const double total = std::fabs(gpu.result.loss - cpu.result.loss);
  const bool same = gradient <= 1e-4 * gradient_norm && losses <= 1e-5 * loss_norm &&
                    total <= 1e-5 * std::fabs(cpu.result.loss) && gpu.result.rows == cpu.result.rows;
  if (same) return;
  std::printf("kind %d, power %d, input %d, %s, %s, [%lld, %d, %lld]: gradient off by %g of %g, losses %g of %g, loss %g of %g\n",
              one.kind, one.power, one.input, one.distribution ? "distribution" : "index",
              one.weighted ? "weighted" : "plain", static_cast<long long>(one.shape.outer), one.shape.classes,
              static_cast<long long>(one.shape.inner), gradient, gradient_norm, losses, loss_norm, total,
              cpu.result.loss);
  std::exit(1);
}

}  // namespace

int main(int count, char** parameters) {
  open_library(count, parameters);
  const unsigned seed = count > 2 ? static_cast<unsigned>(std::atoi(parameters[2])) : 1;
  const int most = count > 3 ? std::atoi(parameters[3]) : 1 << 24;
  int compared = 0;
  for (const Shape& shape : kShapes) {
    if (shape.classes > most) continue;
    for (const int32_t kind : {SEMD_ORDERED, SEMD_CIRCULAR, SEMD_TREE, SEMD_MATRIX}) {
      if (kind == SEMD_MATRIX && shape.classes > 1500) continue;  // a matrix of gigabytes
      for (int variant = 0; variant < 8; variant++) {
        const Case one{shape, kind, variant & 1 ? 2 : 1, variant & 2 ? SEMD_PROBABILITIES : SEMD_LOGITS, (variant & 4) != 0,
                       (variant & 1) != 0};
        // Signs of differences that are 0 but for rounding are anybody's.
        if (one.power == 1 && one.input == SEMD_PROBABILITIES) continue;
        compare(one, seed + static_cast<unsigned>(compared));
        compared++;
      }
    }
  }
  std::printf("%d problems agree\n", compared);
  return 0;
}
