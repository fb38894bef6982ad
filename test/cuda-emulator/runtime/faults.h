// Segmentation faults: device memory that its device touches becomes accessible; any other fault in the emulator's memory ends
// the program and says who touched what. All other faults are passed on to the previous handler.
#pragma once

namespace cuda_emulator {

void install_fault_handler();

// While it lives, this thread executes the work of streams, and may fault on a fiber's stack that is full.
class Executing {
 public:
  Executing();
  ~Executing();
  Executing(const Executing&) = delete;
};

}  // namespace cuda_emulator
