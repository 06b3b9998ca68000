def _become_package() -> None:
    """Makes this module a package whose submodules are in _SOURCES.

    importlib.abc, the base classes of finders and loaders, is not imported: it would take longer than all else together.
    """
    import sys
    from importlib.machinery import ModuleSpec

    prefix = f"{__name__}."
    file = globals().get("__file__", "<scenecast>")

    class Finder:
        """Finds and loads the submodules (importlib.abc.MetaPathFinder and InspectLoader)."""

        def find_spec(self, fullname, path=None, target=None):  # type: ignore
            if not fullname.startswith(prefix) or fullname[len(prefix) :] not in _SOURCES:
                return None
            return ModuleSpec(fullname, self, origin=file, is_package=self.is_package(fullname))

        def is_package(self, fullname):  # type: ignore
            return any(name.startswith(f"{fullname[len(prefix):]}.") for name in _SOURCES)

        def create_module(self, spec):  # type: ignore
            return None

        def exec_module(self, module):  # type: ignore
            name = module.__name__
            # There is no such file, so that linecache asks get_source for the lines of a traceback.
            module.__file__ = f"{file}/{name[len(prefix):].replace('.', '/')}.py"
            exec(compile(self.get_source(name), module.__file__, "exec", dont_inherit=True), module.__dict__)

        def get_source(self, fullname):  # type: ignore
            return _SOURCES[fullname[len(prefix) :]]

    globals()["__path__"] = []
    globals()["__package__"] = __name__
    if __spec__ is not None:
        __spec__.submodule_search_locations = []
    sys.meta_path.append(Finder())


_become_package()
