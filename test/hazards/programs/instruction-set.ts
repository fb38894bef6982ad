// Child: which instruction set a process with this SQUARED_EMD_ISA uses, and that it computes.
import { emdLoss, info } from '../../../lib/index.js';

const { loss } = emdLoss(new Float32Array(4), [0], { classes: 4 });
console.log(JSON.stringify({ isa: info().isa, isas: info().isas, loss }));
console.log('done');
