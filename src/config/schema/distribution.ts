/** `train.distribution`: distributed training, in the SDK's own words. */

import { z } from 'zod'
import { markedFloat } from '../../estimator/python-json'
import { json } from '../schema-parts'
import type { PythonFloat } from '../resolved-pipeline'

const enabled = (about: string) => z.boolean().optional().describe(about)

/** It travels as a hyperparameter, of which the service takes 2500 characters as JSON. */
const mpiOptions = z
  .string()
  .max(1024)
  .optional()
  .describe('Options added to the mpirun command, as one text.')

const count = (about: string) => z.int().min(1).max(1_000_000).optional().describe(about)
const flag = (about: string) => z.boolean().optional().describe(about)

/** 0 to 1; a `1.0` stays one on its way to the library. */
const share = (about: string) =>
  z
    .custom<number | PythonFloat>((value) => {
      const number = markedFloat(value) ?? value
      return typeof number === 'number' && number >= 0 && number <= 1
    }, 'must be a number from 0 to 1')
    .meta({ type: 'number', minimum: 0, maximum: 1, description: about, examples: [0.2] })
    .optional()

/** What the SDK checks of them is checked; others go to the library as written. */
const modelParallelParameters = z
  .object({
    partitions: count('Parts that the model is split into.'),
    microbatches: count('Microbatches that a batch is split into.'),
    active_microbatches: count('Microbatches in flight at once.'),
    pipeline: z
      .enum(['simple', 'interleaved', '_only_forward'])
      .optional()
      .describe('Order of the microbatches.'),
    placement_strategy: z
      .enum(['spread', 'cluster'])
      .optional()
      .describe('How parts are laid over the GPUs.'),
    optimize: z.enum(['speed', 'memory']).optional().describe('What the split favours.'),
    memory_weight: share('Weight of memory against computation in the split.'),
    auto_partition: flag('Split by the library; false needs default_partition.'),
    default_partition: z
      .int()
      .min(0)
      .max(1_000_000)
      .optional()
      .describe('Part of what is not assigned by hand; less than partitions.'),
    contiguous: flag('Keep parts contiguous.'),
    load_partition: flag('Load the split from partition_file.'),
    partition_file: z.string().min(1).max(1024).optional().describe('File of the split.'),
    horovod: flag('With Horovod; not beside ddp.'),
    ddp: flag('With data parallelism; not beside horovod.'),
    ddp_port: z.int().min(0).max(65_535).optional().describe('Port of ddp.'),
    ddp_dist_backend: z.string().min(1).max(64).optional().describe('Backend of ddp.'),
    deterministic_server: flag('The same order of execution in every step.'),
    tensor_parallel_degree: count('GPUs that share a tensor.'),
  })
  .catchall(json)
  .optional()
  .describe("The library's own parameters; others than these pass as written.")

const smdistributed = z
  .strictObject({
    dataparallel: z
      .strictObject({
        enabled: enabled('Whether the library launches the script.'),
        custom_mpi_options: mpiOptions,
      })
      .optional()
      .describe('Data parallelism; not beside modelparallel.'),
    modelparallel: z
      .strictObject({
        enabled: enabled('Whether the library launches the script; needs mpi.'),
        parameters: modelParallelParameters,
      })
      .optional()
      .describe('Model parallelism; not beside dataparallel.'),
  })
  .optional()
  .describe("SageMaker's libraries.")

const launcher = (about: string) =>
  z
    .strictObject({ enabled: enabled('Whether it launches the script.') })
    .optional()
    .describe(about)

export const distribution = z
  .strictObject({
    smdistributed,
    mpi: z
      .strictObject({
        enabled: enabled('Whether mpirun launches the script.'),
        processes_per_host: count('Processes of one instance; usually its GPUs.'),
        custom_mpi_options: mpiOptions,
      })
      .optional()
      .describe('MPI.'),
    torch_distributed: launcher('torchrun. Nothing else of distribution is sent beside it.'),
    pytorchddp: launcher('Data parallelism of PyTorch. Nothing else is sent beside it.'),
    pytorchxla: launcher('XLA, with compilerConfig.'),
    parameter_server: launcher('Parameter server of TensorFlow.'),
    multi_worker_mirrored_strategy: launcher(
      'A strategy of TensorFlow; the Hugging Face images have none, so only enabled: false passes.',
    ),
    instance_groups: z
      .array(z.string().min(1).max(64))
      .min(1)
      .max(5)
      .optional()
      .describe('Name of the one entry of instanceGroups that trains.'),
  })
  .describe("Distributed training. Keys are the SDK's own, in snake_case.")
