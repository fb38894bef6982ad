// How large things may be.

/** Up to here class indices are exact as float32 numbers. */
export const MAX_CLASSES = 16777216;
export const MAX_THREADS = 1024;
/** Of elements in one array: their bytes are a number that JavaScript can count. */
export const MAX_ELEMENTS = 2 ** 50;
/** Of a matrix that a call makes in host memory because of a number alone. */
export const MAX_SQUARE_BYTES = 2 ** 31;
/** Of class centroids, classes * features. */
export const MAX_CENTROID_NUMBERS = 2 ** 31 - 1;
/** Of points on a GPU, between which distances are computed. */
export const MAX_POINTS_ON_GPU = 4194240;
export const MAX_GPU_INDEX = 1023;

/** The smallest positive normal float32 number: kernels flush what is smaller to 0, and no logarithm is taken of less. */
export const SMALLEST = 1.17549435e-38;
/** The largest float32 number, which slopes of logarithms do not exceed. */
export const LARGEST = 3.4028234663852886e38;
