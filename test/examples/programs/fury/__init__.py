"""What FURY's tutorial on streaming uses of FURY 0.12, on VTK alone: Debian has no package of FURY."""
from . import actor, window

__all__ = ["actor", "window"]
