// Which houses are whose: the backbone learns from others than the head.

/** 1200 houses for the backbone, 300 others for the head, and 879 for the test. */
export const ROWS = { validation: 1200, train: 300, test: 879 };
export const SEED = 1;
/** Of the backbone's own task. */
export const COARSE_BANDS = 10;
/** Of the head's. */
export const BANDS = 20;
