// Limits of sizes and numbers.

/** Up to this number class indices are exact in float32. */
export const MAX_CLASSES = 16777216;
export const MAX_THREADS = 1024;
/** Elements of an array, whose bytes are then still a safe integer. */
export const MAX_ELEMENTS = 2 ** 50;
/** Bytes of a square matrix that a call allocates in host memory only because of a number. */
export const MAX_SQUARE_BYTES = 2 ** 31;
/** Numbers of class centroids, classes * features. */
export const MAX_CENTROID_NUMBERS = 2 ** 31 - 1;
/** Points on a GPU between which distances are computed. */
export const MAX_POINTS_ON_GPU = 4194240;
export const MAX_GPU_INDEX = 1023;

/** The smallest positive normal float32 number: kernels flush smaller numbers to 0, and take no logarithm of them. */
export const SMALLEST = 1.17549435e-38;
/** The largest float32 number, to which slopes of logarithms are limited. */
export const LARGEST = 3.4028234663852886e38;
