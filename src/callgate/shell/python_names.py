"""Names that Python text may use and still only compute and print: builtins, modules, attributes.

The tables are object capabilities. Whatever is reachable through them can compute, print, and read standard input;
nothing that they reach leads to files, processes, the network, other modules, frames or code objects.
`tests/shell/test_python_code.py` walks the objects to see that this holds on the running Python.
"""

from __future__ import annotations

from typing import Mapping

BUILTINS = frozenset(
    """
abs all any ascii bin bool bytearray bytes callable chr classmethod complex dict dir divmod enumerate exit filter
float format frozenset hasattr hash hex id int isinstance issubclass iter len list map max min next object oct ord pow
print property quit range repr reversed round set slice sorted staticmethod str sum super tuple zip Ellipsis
NotImplemented ArithmeticError AssertionError AttributeError BaseException BaseExceptionGroup BufferError
DeprecationWarning EOFError Exception ExceptionGroup FileNotFoundError FloatingPointError GeneratorExit ImportError
IndentationError IndexError KeyError KeyboardInterrupt LookupError MemoryError ModuleNotFoundError NameError
NotImplementedError OSError OverflowError PermissionError RecursionError RuntimeError RuntimeWarning StopIteration
SyntaxError SyntaxWarning SystemError SystemExit TabError TimeoutError TypeError UnboundLocalError
UnicodeDecodeError UnicodeEncodeError UnicodeError UserWarning ValueError Warning ZeroDivisionError
""".split()
)
"""Builtins that may be used in any way. `type` and `getattr` may only be called, in one form each."""

REFUSED = frozenset(
    """
eval exec compile open input globals locals vars setattr delattr breakpoint memoryview help copyright credits license
aiter anext execfile file reload raw_input apply unichr unicode intern buffer
""".split()
)
"""Builtins of Python 3 and 2 that may not be named at all, not even as a variable."""

FIXED = frozenset("type getattr hasattr isinstance issubclass print repr str dir".split())
"""Builtins that the checks know by name, so nothing else may be called so."""

_MATH = """
acos acosh asin asinh atan atan2 atanh cbrt ceil comb copysign cos cosh degrees dist e erf erfc exp exp2 expm1 fabs
factorial floor fmod frexp fsum gamma gcd hypot inf isclose isfinite isinf isnan isqrt lcm ldexp lgamma log log10 log1p
log2 modf nan nextafter perm pi polar pow prod radians rect phase remainder sin sinh sqrt sumprod tan tanh tau trunc ulp
"""
_TYPES = """
Any Callable ClassVar Dict Final FrozenSet Generator Iterable Iterator List Literal Mapping MutableMapping
NoReturn Optional Sequence Set Tuple Union cast TYPE_CHECKING
"""
_OPERATORS = """
add and_ concat contains countOf eq floordiv ge getitem gt indexOf inv invert is_ is_not itemgetter le lshift lt matmul
mod mul ne neg not_ or_ pos pow rshift sub truediv truth xor
"""
_NUMPY = """
abs absolute add all allclose any arange arccos arcsin arctan arctan2 argmax argmin argsort around array array_equal
asarray atleast_1d atleast_2d average bincount bool_ broadcast_to ceil clip column_stack complex128 complex64
concatenate convolve corrcoef cos cosh count_nonzero cov cross cumprod cumsum datetime64 deg2rad diag diff divide dot
dtype e empty exp expand_dims eye finfo flip float16 float32 float64 floating floor full full_like generic gradient
histogram hstack hypot identity iinfo inf inner int16 int32 int64 int8 integer interp intersect1d isclose isfinite
isin isinf isnan issubdtype kron lexsort linspace log log10 log1p log2 logical_and logical_not logical_or logical_xor
logspace matmul max maximum mean median meshgrid min minimum mod multiply nan nanmax nanmean nanmin nanstd nansum
ndarray ndim negative newaxis nonzero number object_ ones ones_like outer percentile pi power prod ptp quantile
rad2deg ravel repeat reshape result_type roll round searchsorted shape sign signedinteger sin sinh size sort split
sqrt square squeeze stack std str_ subtract sum swapaxes take tan tanh tensordot tile timedelta64 trace transpose
trapz tri tril triu uint16 uint32 uint64 uint8 union1d unique unsignedinteger var vstack where zeros zeros_like
__version__ __file__
"""
_PATHS = "basename commonpath commonprefix dirname isabs join normpath split splitext sep"

MODULES: Mapping[str, frozenset[str]] = {name: frozenset(names.split()) for name, names in {
    "abc": "ABC abstractmethod",
    "ast": "dump get_docstring iter_child_nodes literal_eval parse unparse walk",
    "base64": "a85decode a85encode b16decode b16encode b32decode b32encode b64decode b64encode b85decode b85encode "
              "standard_b64decode standard_b64encode urlsafe_b64decode urlsafe_b64encode",
    "binascii": "crc32 hexlify unhexlify",
    "bisect": "bisect bisect_left bisect_right insort insort_left insort_right",
    "cmath": _MATH,
    "collections": "ChainMap Counter OrderedDict defaultdict deque namedtuple",
    "contextlib": "contextmanager nullcontext suppress",
    "copy": "copy deepcopy",
    "datetime": "MAXYEAR MINYEAR UTC date datetime time timedelta timezone",
    "decimal": "Context Decimal DecimalException DivisionByZero Inexact InvalidOperation ROUND_CEILING ROUND_DOWN "
               "ROUND_FLOOR ROUND_HALF_DOWN ROUND_HALF_EVEN ROUND_HALF_UP ROUND_UP getcontext localcontext",
    "difflib": "SequenceMatcher context_diff get_close_matches ndiff unified_diff",
    "enum": "Enum Flag IntEnum IntFlag StrEnum auto unique",
    "fractions": "Fraction",
    "functools": "cache cmp_to_key lru_cache partial reduce total_ordering",
    "hashlib": "blake2b blake2s md5 sha1 sha224 sha256 sha384 sha3_256 sha3_512 sha512",
    "heapq": "heapify heappop heappush heappushpop heapreplace merge nlargest nsmallest",
    "html": "escape unescape",
    "io": "BytesIO StringIO",
    "itertools": "accumulate batched chain combinations combinations_with_replacement compress count cycle dropwhile "
                 "filterfalse groupby islice pairwise permutations product repeat starmap takewhile tee zip_longest",
    "json": "JSONDecodeError dump dumps load loads",
    "keyword": "iskeyword kwlist softkwlist",
    "math": _MATH,
    "numbers": "Complex Integral Number Rational Real",
    "numpy": _NUMPY,
    "operator": _OPERATORS,
    "os": "cpu_count getcwd getpid linesep name sep",
    "os.path": _PATHS,
    "platform": "machine python_implementation python_version python_version_tuple release system",
    "posixpath": _PATHS,
    "pprint": "pformat pp pprint",
    "random": "Random betavariate choice choices expovariate gauss getrandbits normalvariate randint random randrange "
              "sample seed shuffle triangular uniform",
    "re": "A ASCII DOTALL I IGNORECASE M MULTILINE Match Pattern S U UNICODE VERBOSE X compile error escape findall "
          "finditer fullmatch match search split sub subn",
    "secrets": "choice randbelow token_bytes token_hex token_urlsafe",
    "shlex": "join quote",
    "statistics": "fmean geometric_mean harmonic_mean mean median median_high median_low mode multimode pstdev "
                  "pvariance quantiles stdev variance",
    "string": "Template ascii_letters ascii_lowercase ascii_uppercase capwords digits hexdigits octdigits printable "
              "punctuation whitespace",
    "struct": "Struct calcsize error iter_unpack pack unpack unpack_from",
    "sys": "argv base_prefix byteorder exec_prefix executable exit float_info flags getdefaultencoding "
           "getfilesystemencoding getrecursionlimit getrefcount getsizeof hash_info hexversion int_info intern maxsize "
           "maxunicode platform prefix stderr stdin stdout version version_info",
    "textwrap": "dedent fill indent shorten wrap",
    "time": "asctime ctime gmtime localtime monotonic perf_counter process_time sleep strftime time time_ns tzname",
    "types": "SimpleNamespace",
    "typing": _TYPES,
    "unicodedata": "bidirectional category combining decimal digit name normalize numeric unidata_version",
    "urllib.parse": "parse_qs parse_qsl quote quote_plus unquote unquote_plus urlencode urljoin urlparse urlsplit "
                    "urlunparse urlunsplit",
    "uuid": "UUID uuid3 uuid4 uuid5",
    "zlib": "adler32 compress crc32 decompress",
}.items()}  # fmt: skip
"""Module -> what may be taken from it. A module itself is never a value, so nothing else of it can be reached."""

OUTSIDE = frozenset({"numpy"})
"""Modules of the table that do not come with Python: importing them runs installed code, and a text that could hand
them objects of its own could have them follow a pointer, so what is said of unknown modules holds beside them."""

CALLABLE = frozenset({"numpy", "os.path"})
"""Modules whose listed functions may be called with values of which nothing is known: they run none of them."""

# `import` of these finds Python's own module on some version that the gate itself may not run on.
_FORMER = """
asynchat asyncore binhex cgi cgitb chunk commands crypt dbhash distutils dumbdbm formatter imghdr imp ihooks macpath
msilib nis nntplib ossaudiodev parser pipes popen2 sndhdr spwd smtpd sunau symbol telnetlib uu xdrlib lib2to3 urllib2
httplib cPickle cStringIO StringIO ConfigParser Queue SocketServer SimpleHTTPServer anydbm user os2 posixfile dircache
annotationlib compression concurrent string.templatelib
"""
FORMER = frozenset(_FORMER.split())
"""Modules that only another version of Python comes with; they are refused as its others are."""

ATTRIBUTES = frozenset(
    """
capitalize casefold center count encode endswith expandtabs find index isalnum isalpha isascii isdecimal isdigit
isidentifier islower isnumeric isprintable isspace istitle isupper join ljust lower lstrip maketrans partition
removeprefix removesuffix replace rfind rindex rjust rpartition rsplit rstrip split splitlines startswith strip
swapcase title translate upper zfill decode fromhex hex append clear copy extend insert pop remove reverse sort
fromkeys get items keys popitem setdefault update values add difference difference_update discard intersection
intersection_update isdisjoint issubset issuperset symmetric_difference symmetric_difference_update union
as_integer_ratio bit_count bit_length conjugate denominator from_bytes imag is_integer numerator real to_bytes
start stop step send close throw getter setter deleter fget fset args code errno strerror msg lineno offset text
name value group groups groupdict span end expand string pattern flags lastgroup lastindex match search fullmatch
findall finditer sub subn elements most_common subtract total appendleft extendleft popleft rotate maxlen
move_to_end new_child maps default_factory cache_clear cache_info func keywords
year month day hour minute second microsecond tzinfo fold days seconds microseconds total_seconds date time timetz
now today utcnow fromtimestamp utcfromtimestamp fromisoformat fromisocalendar fromordinal isoformat isocalendar
isoweekday weekday toordinal timestamp strftime strptime ctime combine astimezone timetuple utctimetuple utcoffset
dst utc min max resolution
as_tuple quantize to_integral_value normalize is_nan is_zero is_infinite is_finite is_signed sqrt exp ln log10
compare adjusted copy_abs copy_negate copy_sign number_class prec rounding limit_denominator sign digits exponent
digest hexdigest digest_size block_size unpack pack size hex int bytes_le fields urn version variant
read readline readlines write writelines flush getvalue seek tell truncate isatty encoding closed
major minor micro releaselevel serial substitute safe_substitute ratio quick_ratio get_matching_blocks get_opcodes
random randint choice choices shuffle sample seed uniform gauss randrange getrandbits
scheme netloc path params query fragment hostname port username geturl
tm_year tm_mon tm_mday tm_hour tm_min tm_sec tm_wday tm_yday tm_isdst dig epsilon mant_dig max_exp min_exp
bits_per_digit _make _asdict _replace _fields _field_defaults from_iterable
dtype kind itemsize ndim shape T astype reshape ravel flatten sum prod mean std var cumsum cumprod argmax argmin
argsort all any round clip dot transpose squeeze take repeat tolist item nonzero diagonal trace fill swapaxes eps
tiny bits body targets elts keys id
""".split()
)
"""Attributes that may be read of any value, besides those that the text itself defines."""

HAZARDS = frozenset(
    """
format format_map buffer raw detach obj mro environ environb modules builtins path_hooks meta_path loader
evaluate _evaluate evaluate_value evaluate_bound evaluate_default evaluate_constraints
gi_frame gi_code gi_yieldfrom cr_frame cr_code cr_await cr_origin ag_frame ag_code ag_await tb_frame tb_next tb_lasti
f_back f_builtins f_code f_globals f_lasti f_lineno f_locals f_trace co_code co_consts co_names
func_globals func_code func_closure func_defaults func_dict im_func im_self im_class with_traceback processor opener
tofile dump dumps ctypes data base
""".split()
)
"""Attributes that a text may not use even when it defines them: on other objects they lead out."""

HAZARD_PREFIXES = ("gi_", "cr_", "ag_", "tb_", "f_", "co_", "func_", "im_")

METHODS = frozenset(
    """
__init__ __new__ __repr__ __str__ __bytes__ __eq__ __ne__ __lt__ __le__ __gt__ __ge__ __hash__ __bool__ __len__
__iter__ __next__ __reversed__ __contains__ __getitem__ __setitem__ __delitem__ __missing__ __call__ __enter__
__exit__ __add__ __radd__ __iadd__ __sub__ __rsub__ __isub__ __mul__ __rmul__ __imul__ __truediv__ __rtruediv__
__floordiv__ __rfloordiv__ __mod__ __rmod__ __divmod__ __pow__ __rpow__ __matmul__ __rmatmul__ __and__ __rand__
__iand__ __or__ __ror__ __ior__ __xor__ __rxor__ __ixor__ __lshift__ __rshift__ __neg__ __pos__ __abs__ __invert__
__int__ __float__ __complex__ __index__ __round__ __trunc__ __floor__ __ceil__ __format__ __get__ __set__
__set_name__ __copy__
""".split()
)
"""Special methods that a class may define and that may be called by name."""

READABLE = METHODS | frozenset("__name__ __qualname__ __doc__ __version__ __file__ __members__".split())
"""Double-underscore attributes that may be read."""

INSPECTORS = frozenset(
    """
bool callable dir exit hasattr id isinstance issubclass len list print quit repr set sorted str tuple type
""".split()
)
"""Builtins that may be called in a text that imports modules of which nothing is known."""
