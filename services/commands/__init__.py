"""The commands of ``survivor-voice``, one module each; imported late, so that ``--help`` is quick."""
