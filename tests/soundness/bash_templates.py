"""The pieces that scripts are drawn from, as data: one alternative a line, its weight in front.

`«symbol»` stands for one alternative of that symbol (or for what `bash_grammar` makes of it), `«a|b»` for one of those
words. `¶` is a line break, `∅` nothing, `¦` a vertical bar. Alternatives of weight 1 are rare ones, and of those a calm
script has few.
"""

from __future__ import annotations

import re
from typing import Mapping, NamedTuple


class Alternative(NamedTuple):
    """One way to write a symbol."""

    weight: int
    parts: tuple[str, ...]
    """Literal text and, at odd places, what stood between `«` and `»`."""


_TEXT = r"""
[command]
22 «simple»
8 «builtin»
8 «assignments»
4 «wrapped»
10 «compound»

[program]
3 «known»
1 «function»

[known]
2 «rm|cat|ls|mytool|git|cp|grep|touch|head|tee»
1 «/bin/rm|/usr/bin/cat|rm|cat»

[function]
1 «g|work|rm|git|cat|cd_there»

[name]
1 «x|y|v|f|dir|n|arr|IFS_|FOO»

[argument]
8 «word»
2 «word»«word»

[word]
16 «plain»
5 «active»
6 «quoted»
7 «variable»
3 «substitution»
1 «\ |\*|a\ b|\$x|\~|\\|\'|\#»
1 $((«expression»))
1 «process»

[plain]
3 «a.txt|b.txt|sub|sub/a.txt|new|x|-f|-rf|-n»
2 «--|./tool|/tmp/t|/tmp|..|.|../up|k=v|a#b|-|1|0|status»
1 «if|then|done|in|a:b|%s|{}|{x}|a=~/n|b:~/n»

[active]
2 «~|~/n|~/sub|*.txt|[ab].txt|?|*|sub/*|{a,b}.txt|{1..3}|x{,y}»
1 «pre{a,b{c,d}}|{a,b|a}|~u|~+|[!a]*|{a..c}|{01..03}|{x,}|{$x,b}|$x{a,b}|\{a,b\}|{'a,b',c}|[$x]|@|!x»

[quoted]
3 '«spaced»'
4 "«doubled»«doubled»«doubled»"
2 $'«a\nb|\x41|\'|\101|-\x66|\u0041|a b|\\|∅»'
1 $"«a b|x|$x»"

[spaced]
1 «a b|*|$x|rm x|∅|sub|-rf|~|`ls`|a;rm b|{a,b}|#|é|x	y|\»

[doubled]
4 ∅
3 «a b|*|it's|rm x|sub|-rf|~|a;rm b|{a,b}|#|é|x	y»
3 «variable»
1 «\"|\$x|\`ls\`|\\|\n|$|!»
2 «substitution»
1 $((«expression»))

[variable]
10 $«name»
6 ${«name»}
6 "$«name»"
4 ${«name»«:-|-|:+|+|:=|=»«default»}
2 ${«name»«%.*|%%.*|#*/|##*/|/a/b|//a/b|^^|,,|^|@Q|@U»}
1 ${«name»:«1|0:2| -1|n|1:n»}
1 ${#«name»}
2 «$@|"$@"|$*|"$*"|$1|$#|$?|$0|${1}|$-|${@:1}|$$»
2 «${arr[0]}|${arr[@]}|"${arr[@]}"|${arr[*]}|${#arr[@]}|${arr[1]}|$arr|${!arr[@]}|${arr[$n]}|${arr[-1]}»
1 ${!«name»}
1 «$HOME|$PWD|"$OLDPWD"|${HOME}/n|"$PWD"/a.txt»

[default]
1 «b.txt|$y|"a b"|'q r'|*|~|$(ls)|∅»

[deep_substitution]
6 $(«inside»)
2 "$(«inside»)"
2 `«backticked»`
1 $(< «a.txt|sub/a.txt|$x»)
1 $( («inside») )
3 $(«printed»)
2 "$(«printed»)"

[printed]
3 echo «word»
2 echo «∅|-n|-e|-E|-ne|-x|-n -e|--» '«line»'
2 echo «-e|∅|-ne|-E» '«rm\tx|rm x\nls y|\x72m x|\0162m x|\162m x|ls\c x|\\n|rm \a|x\|\q|\0|\x»'
2 printf «'%s\n'|%s|'%s %s\n'|%b|'rm %s\n'|-- '%s'|'%%%s'|'%5s'|'%q'|'%d'|'%s\x20%b'» «plain» «spaced_word»
2 printf '«rm x|ls\n|rm\tx\nls y|\x72m x|\162m x|\0162m|%s|%|%%|\\|\c|\u0041|\"|\q|\x|\400»'
1 printf "«doubled»«doubled»" «plain»

[spaced_word]
2 «plain»
2 '«spaced»'
2 '«a\tb|rm\x20x|\0101|\101|x\|\\|\c|%s»'

[expression]
2 «1|1+2|n|n+1|n++|x|n=3|$n*2|016|1 << 2|$x|n += 1»
1 «arr[0]|n>1?2:3|${#x}|arr[n]|$(ls)+1|${x:-1}|"$(git)"»

[redirect]
6 «∅|∅|1|2|3»«>|>>»« |∅»«target»
4 «∅|∅|∅|3»<« |∅»«source»
1 «&>|&>>|>&|<>|>¦»« |∅»«target»
1 «2>&1|>&2|2>/dev/null|>&-|3<&0|<&-|>/dev/null|3>&1|> /dev/stderr»
1 «0< b.txt|1>&2-|{fd}>fdfile|{fd}<a.txt|>&-x|2>&1x»
2 <<<« |∅»«argument»
3 «here_document»
1 «<|>» «process»

[target]
2 «out|new|/tmp/o|sub/o|$x|"$x"|~/o|'q o'|o$n|../up|$v.o|sub/../o2|${y:-o3}|a.txt»
1 «{a,b}|o*|/etc/x|\o4|$'o5'|./-|1|"$(ls)"o|o=~/n»

[source]
2 «a.txt|b.txt|sub/c.txt|/tmp/t|~/n|"sp ace.txt"|$x|./a.txt»
1 «.env|a.tx?|${x:-a.txt}|$HOME/n|sub/deep/../c.txt|setup.py|/etc/hosts»

[here_line]
1 «rm hidden|$x|$(rm from-here)|`touch from-backtick`|it's "odd|${v:-$(ls in-here)}|\$(rm not)|a \| EOF|EOF »
1 «'$(cat quoted)'|$((n+1))|# no comment|∅|{ ( [|\`rm not\`|\\$(rm after-backslash)|$»

[assignment]
8 «name»=«argument»
2 «name»=«plain»
1 «name»=
1 «name»+=«word»
1 arr=(«argument» «argument»)
1 arr[«0|1|n|$n»]=«word»
1 arr+=(«word»)
1 n=«1|0|2|arr|x»
1 «PATH|IFS|GIT_PAGER|HOME|CDPATH|PS4|LC_ALL»=«/x|:|,|sub»

[builtin]
5 cd «sub|..|/tmp|~|∅|sub/deep|-|$x|nowhere|-- sub|-P sub|sub/..|./sub»
2 «export|local|declare|readonly|typeset|export -n» «declared»
2 eval «evaluated»
1 trap '«line»' «EXIT|ERR|DEBUG|INT|RETURN|0»
1 read «∅|-r|-a|-p p» «name» «∅|< a.txt|<<< b.txt»
1 printf -v «name» «argument»
1 unset «x|arr|-v x|-f rm|-f g»
2 set «-- a.txt b.txt|-e|-u|-x|-- $x|x y|--|-euo pipefail|+e|-C»
1 set «-f|-o noglob|-a|-k|-n|-o posix»
1 shopt -s «nullglob|extglob|dotglob|globstar|expand_aliases|lastpipe|failglob»
1 alias «ls|rm|git»=«rm|'rm -f'»
1 «shift|true|false|:|return|break|continue|exit|pwd|wait|jobs|exit 3»
2 [ «condition» «]|]|]|∅»
2 test «condition»
2 [[ «condition» ]]
1 ((«expression»))
1 let «n=1|n++|'n = 2'»
2 echo «argument»
2 echo «argument» «redirect»
1 mapfile -t arr «< a.txt|<<< x»
1 source «a.txt|./b.txt|/dev/null»
1 exec «> log|2>&1|< a.txt|3> log|rm x|-a name cat a.txt»
1 «command|builtin|time|command --» «export|declare|unset|read|cd|set» «name»=sub
1 pushd «sub|/tmp»; popd
1 hash -p /bin/rm «ls|git»
1 declare «-n|-i|-a|-A|-x|-u|-l|-g|-r» «name»=«x|1|a.txt»
1 coproc «∅|NAME »{ «line»; }
1 getopts ab «name» -a

[declared]
3 «name»=«a.txt|∅»
1 «name»
2 «assignment»

[line]
1 «rm x|cat a.txt > o|x=b.txt|cd sub|ls $x|f=a; rm $f|touch "$y"|exit»

[evaluated]
2 '«line»'
2 «line»
1 «$x|-- rm x|rm|x=$y|"rm $x"»

[condition]
2 -f «argument»
2 -n «argument»
2 «argument» = «plain»
2 «! -f|-z|-e» «argument»
1 «argument» «-eq 1|== *.txt|> new|< a.txt»
1 «-d sub|-v x|1 -lt 2|a.txt -nt b.txt|$n -gt 0|x < a.txt && rm y|a ¦¦ ls|a \> b|-f x -a -n y|( x )|x ; rm y»

[wrapped]
2 env «∅|FOO=1|-i|-u FOO|GIT_PAGER=x|-|--» «call»
2 timeout «5|-k 1 5|-s KILL 5|--signal=INT 3» «call»
1 nohup «call»
1 nice «∅|-n 5|-5|--adjustment=3» «call»
1 ionice -c 3 «call»
1 setsid «∅|-w» «call»
2 «command|builtin|exec|command -p|exec -a z|command --» «call»
1 «command|builtin|exec» «cd sub|rm x»
2 echo «argument» ¦ xargs «∅|-n1|-I{}|-0|-r|-I %|-d ,» «input»
3 «sh|bash|/bin/bash|bash -e|sh -x|bash --norc» -c «payload»
2 «sh|bash» -c «payload» «argument»
1 «bash|sh» «a.txt|-s <<< ls|-c ls -c rm»
1 bash <<< «payload»
2 «printed» ¦ «sh|bash|bash -s|sh -s -- a|env bash|timeout 5 sh|bash -s x|bash -e»
1 echo '«line»' ¦ «sh|bash|command bash|bash -c ls|bash a.txt|bash /dev/stdin»
1 «bash|sh» <(«printed»)
2 sudo «∅|-u u|-n|FOO=1» «call»
1 command -v «known»
1 time «call»
1 «env|timeout 5|nice» bash -c «payload»

[call]
1 «known» «argument»

[input]
2 «call»
1 «rm {}|rm|sh -c ls|rm %x»

[payload]
1 '«rm x|cat a.txt > o|cd sub; rm a.txt|ls $1|rm "$@"|x=1; touch $x|git status ¦ head|if ls; then rm y; fi»'
1 '«rm $HOME/n|cat <<< z|rm $0|echo a > e|cat <(ls)|[ a > n ]|rm a=~/n|cat {a,b}|ls &> both|function f { rm x; }; f»'

[deep_compound]
2 if «inside»¶then «block»fi
2 if «inside»¶then «block»else «block»fi
1 if «inside»¶then «block»elif «inside»¶then «block»fi
3 for «name» in «argument» «argument»¶do «block»done
1 for «name»; do «block»done
1 for ((n=0; n<2; n++)); do «block»done
2 while «read x|read f|false|ls q»; do «block»break¶done
2 while read «name»; do «block»done < «source»
1 until «true|ls|git x»¶do «block»break¶done
2 case «argument» in¶«item»esac
1 case «argument» in¶«item»«item»esac
3 («inside»)
3 { «block»}
4 «definition»; «function» «a.txt|new|∅»
1 «definition» > fo; «function» b.txt
1 select «name» in a b; do «block»break¶done

[item]
3 «∅|(»«*|a*|x¦y|$x|'*'|[ab]*|-f») «block»;;¶
1 $(ls)) «block»«;&|;;&»¶

[definition]
2 «function»() { «block»}
1 function «function» { «block»}
1 «function» ()¶( «block»)
1 function «function»() { «block»}
"""


def read_symbols(text: str) -> Mapping[str, tuple[Alternative, ...]]:
    """Read `[symbol]` sections of alternatives."""
    symbols: dict[str, tuple[Alternative, ...]] = {}
    for part in re.split(r"^\[(?=\w+\]$)", text, flags=re.MULTILINE)[1:]:
        name, _, lines = part.partition("]\n")
        symbols[name] = tuple(_alternative(line) for line in lines.splitlines() if line)
    return symbols


def _alternative(line: str) -> Alternative:
    weight, _, template = line.partition(" ")
    return Alternative(int(weight), tuple(re.split("«([^«»]*)»", template.replace("¶", "\n"))))


SYMBOLS: Mapping[str, tuple[Alternative, ...]] = read_symbols(_TEXT)
"""Symbol -> its alternatives."""

ODD = ("\\\n", "\r", "\t", "\\\n ", "\v", "\u00a0", "\u200b", "\\", "\n", ";", "'", '"', "#", "$", "`", ")", "}", "&",
       "{", "(", "=", "!", "\f", "\u3000")  # fmt: skip
"""What may be put at a random place of a script: continuations, white space of all kinds, stray syntax."""
