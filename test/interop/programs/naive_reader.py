"""A Python program that attaches to segments of another and ends: naive_reader.py NAME...

It does nothing about its resource tracker, which before Python 3.13 removes at exit what a program was attached to.
"""
import sys
from multiprocessing import shared_memory

segments = [shared_memory.SharedMemory(name) for name in sys.argv[1:]]
print([each.size for each in segments], flush=True)
for each in segments:
    each.close()
