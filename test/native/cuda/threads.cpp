// Several threads that share a stream, as asynchronous calls and worker threads share the package's own: each must get the
// loss and the gradient of its own batch, whose weights no other batch has.
//
//   threads LIBRARY
#include <atomic>
#include <cstdint>
#include <memory>
#include <thread>

#include "library.h"

namespace {

constexpr int kThreads = 4, kCalls = 200, kRows = 16, kClasses = 8;

struct Batch {
  Device<float> predictions, weights, gradient;
  Device<int32_t> labels;
  semd_cuda_problem call{};

  Batch(const std::vector<float>& logits, const std::vector<float>& sample_weights, const std::vector<int32_t>& targets,
        const semd_ground* ground)
      : predictions(logits), weights(sample_weights), gradient(logits), labels(targets) {
    semd_problem& problem = call.problem;
    problem.outer = kRows;
    problem.inner = 1;
    problem.classes = kClasses;
    problem.power = 2;
    problem.emd_weight = 1;
    problem.upstream = 1;
    problem.ground = ground;
    problem.predictions = predictions.get();
    problem.targets = labels.get();
    problem.sample_weights = weights.get();
    problem.gradient = gradient.get();
  }
};

std::unique_ptr<Batch> make_batch(int number, const semd_ground* ground) {
  std::vector<float> logits, weights;
  std::vector<int32_t> labels;
  for (int i = 0; i < kRows * kClasses; i++) {
    logits.push_back(static_cast<float>((i * 37 + number * 11) % 17) * 0.3f * static_cast<float>(number + 1));
  }
  for (int row = 0; row < kRows; row++) {
    labels.push_back((row * 5 + number) % kClasses);
    weights.push_back(static_cast<float>((1 + row % 3) * (number + 1) * 10));
  }
  return std::make_unique<Batch>(logits, weights, labels, ground);
}

double solve(Batch& batch, std::vector<float>& gradient) {
  semd_cuda_pending* pending = nullptr;
  must(cuda->loss_enqueue(&batch.call, &pending), "loss_enqueue");
  semd_result result{};
  must(cuda->loss_wait(pending, &result), "loss_wait");
  gradient = batch.gradient.read();
  return result.loss;
}

}  // namespace

int main(int count, char** parameters) {
  open_library(count, parameters);
  semd_ground_description description{};
  description.kind = SEMD_ORDERED;
  description.classes = kClasses;
  semd_ground* ground = nullptr;
  must(cuda->ground_create(0, &description, &ground), "ground_create");

  std::vector<std::unique_ptr<Batch>> batches;
  std::vector<double> losses;
  std::vector<std::vector<float>> gradients(kThreads);
  for (int i = 0; i < kThreads; i++) {
    batches.push_back(make_batch(i, ground));
    losses.push_back(solve(*batches.back(), gradients[static_cast<size_t>(i)]));
  }

  std::atomic<int> wrong{0};
  std::vector<std::thread> threads;
  for (size_t i = 0; i < kThreads; i++) {
    threads.emplace_back([&, i] {
      std::vector<float> gradient;
      for (int call = 0; call < kCalls; call++) {
        if (solve(*batches[i], gradient) != losses[i] || gradient != gradients[i]) wrong++;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  batches.clear();
  cuda->ground_destroy(ground);
  if (wrong != 0) fail("threads", "calls got the loss or the gradient of another thread's batch");
  std::printf("%d calls of %d threads got their own results\n", kThreads * kCalls, kThreads);
  return 0;
}
