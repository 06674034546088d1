"""Prints the stem of each line's word by NLTK's PorterStemmer."""

import sys

from nltk.stem.porter import PorterStemmer

stemmer = PorterStemmer()
for line in sys.stdin:
    print(stemmer.stem(line.rstrip("\n")))
