// Segmentation faults: device memory that its device touches becomes accessible, and anything else that concerns the
// emulator's memory ends the program, with words on who touched what. Other faults go on to the handler before.
#pragma once

namespace cuda_emulator {

void install_fault_handler();

// While it lives, this thread executes what streams hold, and may have a fault on a fiber's stack that is full.
class Executing {
 public:
  Executing();
  ~Executing();
  Executing(const Executing&) = delete;
};

}  // namespace cuda_emulator
