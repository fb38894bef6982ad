#include "orders.h"

#include "settings.h"

namespace cuda_emulator {

Random& order_of_operations() {
  static auto* random = new Random(~settings().seed);
  return *random;
}

}  // namespace cuda_emulator
