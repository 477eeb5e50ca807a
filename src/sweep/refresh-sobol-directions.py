#!/usr/bin/env python3
"""Write sobol-directions.ts from the direction numbers that SciPy (BSD-3-Clause) comes with.

    python -m pip install scipy
    python src/sweep/refresh-sobol-directions.py

They are the file new-joe-kuo-6.21201 of S. Joe and F. Y. Kuo. Nothing here is needed at run time.
"""

import pathlib

import numpy
import scipy.stats

DIMENSIONS = 64

HEAD = """\
/**
 * Primitive polynomials and initial direction numbers of Sobol's sequence, one line for each
 * dimension: the polynomial with all its bits, then m_1, m_2, … of its degree.
 *
 * Made by refresh-sobol-directions.py; not to be edited. Source: new-joe-kuo-6.21201,
 * https://web.maths.unsw.edu.au/~fkuo/sobol/; S. Joe and F. Y. Kuo, "Constructing Sobol sequences
 * with better two-dimensional projections", SIAM J. Sci. Comput. 30, 2635-2654 (2008).
 *
 * Licence of the direction numbers:
 *
 * Copyright (c) 2008, Frances Y. Kuo and Stephen Joe
 * All rights reserved.
 *
 * Redistribution and use in source and binary forms, with or without modification, are permitted
 * provided that the following conditions are met:
 *
 * - Redistributions of source code must retain the above copyright notice, this list of conditions
 *   and the following disclaimer.
 * - Redistributions in binary form must reproduce the above copyright notice, this list of
 *   conditions and the following disclaimer in the documentation and/or other materials provided
 *   with the distribution.
 * - Neither the names of the copyright holders nor the names of the University of New South Wales
 *   and the University of Waikato and its contributors may be used to endorse or promote products
 *   derived from this software without specific prior written permission.
 *
 * THIS SOFTWARE IS PROVIDED BY THE COPYRIGHT HOLDERS ``AS IS'' AND ANY EXPRESS OR IMPLIED
 * WARRANTIES, INCLUDING, BUT NOT LIMITED TO, THE IMPLIED WARRANTIES OF MERCHANTABILITY AND FITNESS
 * FOR A PARTICULAR PURPOSE ARE DISCLAIMED. IN NO EVENT SHALL THE COPYRIGHT HOLDERS BE LIABLE FOR
 * ANY DIRECT, INDIRECT, INCIDENTAL, SPECIAL, EXEMPLARY, OR CONSEQUENTIAL DAMAGES (INCLUDING, BUT
 * NOT LIMITED TO, PROCUREMENT OF SUBSTITUTE GOODS OR SERVICES; LOSS OF USE, DATA, OR PROFITS; OR
 * BUSINESS INTERRUPTION) HOWEVER CAUSED AND ON ANY THEORY OF LIABILITY, WHETHER IN CONTRACT, STRICT
 * LIABILITY, OR TORT (INCLUDING NEGLIGENCE OR OTHERWISE) ARISING IN ANY WAY OUT OF THE USE OF THIS
 * SOFTWARE, EVEN IF ADVISED OF THE POSSIBILITY OF SUCH DAMAGE.
 */
export const sobolDirections: readonly (readonly number[])[] = [
"""


def main():
    package = pathlib.Path(scipy.stats.__file__).parent
    table = numpy.load(package / "_sobol_direction_numbers.npz")
    lines = []
    for polynomial, numbers in zip(table["poly"][:DIMENSIONS].tolist(), table["vinit"].tolist()):
        degree = max(1, polynomial.bit_length() - 1)
        lines.append(f"  [{', '.join(str(n) for n in [polynomial, *numbers[:degree]])}],\n")
    target = pathlib.Path(__file__).with_name("sobol-directions.ts")
    target.write_text(HEAD + "".join(lines) + "]\n")


if __name__ == "__main__":
    main()
