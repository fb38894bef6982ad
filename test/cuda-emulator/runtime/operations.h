// The operations in streams. An operation may take several steps, between which those of other streams run.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <vector>

#include "allocations.h"
#include "block.h"

namespace cuda_emulator {

class Operation {
 public:
  explicit Operation(int device) : device_(device) {}
  virtual ~Operation() = default;
  Operation(const Operation&) = delete;
  // Returns whether the operation is complete.
  virtual bool step() = 0;
  // A copy in the state before the first step, for a graph.
  virtual std::shared_ptr<Operation> copy() const = 0;
  int device() const { return device_; }

  bool done = false;
  std::vector<std::shared_ptr<Operation>> after;  // operations that must be done before; emptied when this one is done

 private:
  int device_;
};

// Fails if the host has written beside pinned memory.
void expect_no_damage_by_host();

class KernelOperation final : public Operation {
 public:
  KernelOperation(int device, Launch launch);
  bool step() override;
  std::shared_ptr<Operation> copy() const override;

 private:
  uint3 place(std::uint64_t index) const;  // of a cluster's first block

  Launch launch_;
  std::uint64_t clusters_, next_ = 0;  // a block that is in none is one of its own
  std::uint64_t stride_ = 1, offset_ = 0;  // of the order in which they run
};

class CopyOperation final : public Operation {
 public:
  // Copies between the memory of the devices in `devices` (bits) and pinned memory.
  CopyOperation(int device, unsigned devices, void* to, const void* from, std::size_t bytes);
  // Reads pageable memory, from which it copies, at once.
  void stage();
  bool step() override;
  std::shared_ptr<Operation> copy() const override;

 private:
  unsigned devices_;
  void* to_;
  const void* from_;
  std::size_t bytes_;
  std::vector<unsigned char> staged_;
};

class FillOperation final : public Operation {
 public:
  FillOperation(int device, unsigned devices, void* memory, int value, std::size_t bytes);
  bool step() override;
  std::shared_ptr<Operation> copy() const override;

 private:
  unsigned devices_;
  void* memory_;
  int value_;
  std::size_t bytes_;
};

// An event's record, or just a place in a stream.
class MarkOperation final : public Operation {
 public:
  using Operation::Operation;
  bool step() override;
  std::shared_ptr<Operation> copy() const override;
  std::chrono::steady_clock::time_point time() const { return time_; }

 private:
  std::chrono::steady_clock::time_point time_{};
};

class ReachOperation final : public Operation {
 public:
  ReachOperation(int device, Allocation& allocation) : Operation(device), allocation_(allocation) {}
  bool step() override;
  std::shared_ptr<Operation> copy() const override { return nullptr; }

 private:
  Allocation& allocation_;
};

class ReleaseOperation final : public Operation {
 public:
  ReleaseOperation(int device, Allocation& allocation) : Operation(device), allocation_(allocation) {}
  bool step() override;
  std::shared_ptr<Operation> copy() const override { return nullptr; }

 private:
  Allocation& allocation_;
};

// An operation that was captured, with the earlier ones after which it comes.
struct GraphNode {
  std::shared_ptr<Operation> operation;
  std::vector<std::size_t> after;
};

class GraphOperation final : public Operation {
 public:
  GraphOperation(int device, std::shared_ptr<const std::vector<GraphNode>> nodes);
  bool step() override;
  std::shared_ptr<Operation> copy() const override;

 private:
  std::shared_ptr<const std::vector<GraphNode>> nodes_;
  std::vector<std::shared_ptr<Operation>> running_;
};

}  // namespace cuda_emulator
