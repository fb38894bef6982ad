// A worker that trains on the CPU.
import { CpuCourse } from './course.js';
import { serve } from './rounds.js';

serve(async () => ({ begin: (split, loss, seed) => new CpuCourse(split, loss, seed) }));
