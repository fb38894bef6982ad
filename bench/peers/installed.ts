import { spawnSync } from 'node:child_process';

/** Whether a package that a peer needs is installed. */
export function installed(...packages: string[]): boolean {
  try {
    for (const name of packages) require.resolve(name);
    return true;
  } catch {
    return false;
  }
}

let torch: boolean | undefined;

/** Whether python3 has PyTorch; asked only once. */
export function hasTorch(): boolean {
  torch ??= spawnSync('python3', ['-c', 'import torch']).status === 0;
  return torch;
}
