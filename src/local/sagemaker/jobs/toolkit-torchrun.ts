/**
 * Starts the script by torchrun under the sagemaker-training toolkit. The toolkit itself starts one
 * process; in AWS's images a framework module (SAGEMAKER_TRAINING_MODULE) does more, and this is ours.
 */

export const toolkitTorchrunModule = 'holdfast_torchrun'

/** HOLDFAST_TORCHRUN holds torchrun's options for this host. */
export const toolkitTorchrun = String.raw`
import os

from sagemaker_training import _entry_point_type, entry_point, environment, errors, process


class Torchrun(process.ProcessRunner):
    def _create_command(self):
        kind = _entry_point_type.get(environment.code_dir, self._user_entry_point)
        if kind is not _entry_point_type.PYTHON_PROGRAM:
            raise errors.ClientError("torchrun starts a Python script, and %r is none." % self._user_entry_point)
        script = process.validate_entry_point(self._user_entry_point)
        return ["torchrun", *os.environ["HOLDFAST_TORCHRUN"].split(), script, *self._args]


def main():
    env = environment.Environment()
    words, names = env.to_cmd_args(), env.to_env_vars()
    torchrun = Torchrun(env.user_entry_point, words, names, 1)
    entry_point.run(env.module_dir, env.user_entry_point, words, names, runner_type=torchrun)
`
