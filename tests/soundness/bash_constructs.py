"""Constructs of bash one by one, as data: each section is a construct, each line of it a way to use it.

The syntax is that of `bash_templates`, whose symbols these lines use. `make soundness ARGS='--construct traps'` draws
every script from one section; `ARGS='--each 1000'` goes through all of them and prints how much of each is understood.
"""

from __future__ import annotations

from typing import Mapping

from bash_templates import Alternative, read_symbols

_TEXT = r"""
[functions]
4 «function»() { «line»; }; «function» «argument»
3 «function»() { rm «name»; }; «function» a; unset -f «function»; «function»
3 x=a; «function»() { rm $x; }; x=«plain» «function»; rm $x
3 x=a; f() { «local|local -a|local -x|declare|typeset|declare -g|local -r|local -i» x«∅|=b|=$y|=$(ls)»; rm $x; «∅|x=c|unset x|return|return 1» ; }; f; rm $x
2 f() { rm "$1" "$@" $#; «shift; rm $1|set -- z; rm $1|return; rm no»; }; f «argument» «argument»
2 if ls; then f() { «line»; }; else f() { «line»; }; fi; f
2 f() { f() { «line»; }; «line»; }; f; f
2 g() { f; }; f() { «line»; }; g; f() { «line»; }; g
2 f() { «line»; } «redirect»; «cd sub|x=b|:»; f
1 f() { [ "$1" = x ] ¦¦ f x; rm q; }; f
2 f() («line»); f; cat a.txt
1 f() { «line»; }; export -f f; bash -c f
1 f() { «line»; }; «declare -f f|typeset -f|declare -F|type f|command -v f»
2 f() { «line»; }; «time|!|command|builtin|env|exec|nohup|\|( f );» f «argument»
1 function f { «line»; }¶function g() (f)¶g
1 f() { «line»; }; ls ¦ f; f ¦ ls; f & wait; y=$(f); rm $y
1 f() { cd sub; }; f && rm x; rm y
1 «cd|pwd|test|echo|read|true|exit|eval|command» () { rm over; }; «cd sub|pwd|test x|echo y|read z|true|exit|eval ls|command ls»; rm x
1 f() { for i in 1 2; do return; done; rm x; }; f «redirect»

[aliases]
2 alias «ls|rm|x»='«line»'; «ls|rm|x» y
2 shopt -s expand_aliases¶alias «ls|rm|x»='«line»'¶«ls|rm|x» y
1 shopt -s expand_aliases; alias ls='rm x'; ls; unalias «ls|-a»; ls
1 alias; alias ls; unalias ls; «line»

[positional]
3 set -- «argument» «argument»; rm «"$@"|$*|"$*"|$1|"$2"|$#|${1}|${@:2}|"${@:1:1}"|${*: -1}|${10}|$@x|a"$@"b»
2 set «argument» «argument»; shift «∅|1|2|$#»; rm "$1"
2 «bash -c|sh -c» 'rm «"$@"|$*|$1|"$0"|$#|${2:-z}»; «shift|set -- q|:»; rm $1' «argument» «argument»
2 for «name» «∅|in "$@"»; do rm «"$x"|$y|$f|$1»; done
1 set -«e|u|-» «argument»; rm $1; set -; rm $2
1 while [ $# -gt 0 ]; do rm "$1"; shift; break; done
1 while getopts ab: «name» «∅|-a|-b q»; do rm $OPTARG $OPTIND "$x"; break; done

[parameters]
4 x=«plain»; rm ${x«:-|-|:+|+|:=|=|:?|?»«default»} $x
3 x=; rm ${x«:-|:+|:=|:?»«default»}; rm "$x"
3 rm "${«name»«:-|-|:+|+|:=»«'q'|'$(rm r)'|"i j"|$(ls)|`ls`|$'a'|\$x|~|{a,b}»}"
3 x=abcab; rm ${x«%b|%%b*|#a|##*b|/a/b|//a/b|/#a/c|/%b/c|^|^^|,|,,|~~|/a|//a|:1|:1:2|: -1|:0:-1|%"$y"|/$(ls)/b|//'a'/"b"»}
2 x=«plain»; rm ${x@«Q|E|P|U|L|u|A|a|K»} "${x@Q}"
2 x=y; y=«plain»; rm ${!x} "${!x«:-|+»z}" ${!x*} "${!x@}"
2 rm ${#«name»} ${#} ${#@} "${#x}"
2 x=«spaced»; rm $x; rm "$x"; y=$x; rm $y
2 x='«spaced»'; y="$x"; x=b; rm "$y" $y
1 x=$'a\«v|r|f|t|n|x20|u00a0»b'; rm $x «"$x"|∅»
2 x=a; y=${x:=«plain»}${z:=«plain»}; rm $z $x $y
1 x=1; rm ${x:$((x=2))} ${x+$((x=3))} $x
1 x=a; rm ${x:+${y:=b}}; rm $y; unset x; : ${x:=c}; rm $x
1 rm ${x?} ${x:?no}; rm y
1 IFS=«:|a| |∅»; x=a:b; rm $x "$x" ${x} $(echo a:b) "${x%:*}"; unset IFS; rm $x

[namerefs]
2 x=a; «declare|typeset|local» -n r=x; r=b; rm $x $r
2 x=a; f() { local -n r=$1; r=«plain»; }; f x; rm $x
1 declare -n r; for r in x y; do r=b; done; rm $x $y
1 x=a; declare -n r=x; unset r; rm $x; unset -n r; rm $x

[arrays]
3 arr=(«argument» «argument»); rm «"${arr[@]}"|${arr[*]}|${arr[0]}|$arr|"${arr[-1]}"|${#arr[@]}|"${arr[@]:1}"|${arr[@]%t}|"${!arr[@]}"»
2 arr=(«argument»); arr+=(«argument»); rm "${arr[@]}"
3 arr=([«0|1|k|$n|'a[$(rm r)]'|n+1|$(ls)»]=«plain» [2]=«plain»); rm "${arr[@]}"
2 arr=«plain»; arr[«0|1|n|$n|$(ls)|"0"»]=«plain»; rm $arr
2 declare -«a|A|ax|ai|gA» arr«∅|=(«plain» [0]=«plain»)|=([k]=«plain»)|='(«plain»)'»; rm "${arr[@]}"
1 declare -A m=([«k|a b|'$(rm r)'|$x»]=«plain»); m[«k|$x|'q r'»]=«plain»; rm "${m[@]}" "${!m[@]}"
2 arr=(); «declare|local|typeset|export|readonly» arr=«'(a b)'|'($(rm r))'|x|$x|(a b)|"$(ls)"»; rm "${arr[@]}"
1 arr=(a b); unset «arr|'arr[0]'|arr[0]|'arr[$(rm r)]'»; rm "${arr[@]}" $arr
1 x=a; x+=b; x+=(c); rm $x "${x[1]}"
2 arr=(*.txt {a,b} ~ $(ls)); rm "${arr[@]}"; for i in "${arr[@]}"; do rm "$i"; done
1 arr=; : ${arr[0]:=«plain»} ${arr[1]=«plain»}; rm $arr "${arr[@]}"

[quoting]
3 rm $'«a\nb|\x41|\101|\u0041|\cA|\e|\'|\"|\?|a\0b|\x|\xg|\400|\U1F600|\c\\|\x{41}|\1234|\q|\\\'»'
2 rm "«doubled»$'«spaced»'"'«spaced»'«plain»
2 rm \«a|$|`|"|'|\|*|~|#|;|&|{|!|-| »«plain»
1 rm $"«doubled»" "$"'a' $""a $'' "" ''
1 rm "a«doubled»`ls`«doubled»"
1 x=«'a b'|"a b"|a\ b|$'a\tb'|"*"|'~'|\~|"~"|~»; rm $x "$x"
1 rm "!«plain»" !«plain» a!b '!!'; !ls

[reading]
3 x=a; read «∅|-r|-a|-ra|-p p|-rp p|-dt|-d t|-n 1|-N1|-t 1|-u 0|-s|-pi|-e|--|-r --» «name» «∅|y» <<< «plain»; rm $x "$y" $v
2 x=a; IFS=«:|,|∅» read -r x y <<< «a:b|a,b|"a b"»; rm $x $y
2 x=a; «echo b|ls|cat a.txt» ¦ «read x; rm $x|{ read x; rm $x; }|while read x; do rm $x; done»; rm $x
2 while «IFS= read -r|read|read -r» «name»; do rm "$x" "$f" $v; done «< a.txt|<<< «plain»|< <(«line»)»
2 x=a; «mapfile|readarray» «∅|-t|-d ∅|-n 1|-t -s 0|-O 1|-tn1|-c 1» «∅|x» «< a.txt|<<< «plain»|< <(ls)»; rm "${x[@]}" "${MAPFILE[0]}" $x
1 mapfile «-C rm -c 1|-tCrm -c1|-c1 -C 'rm q'» x < a.txt
2 x=a; printf -v «x|'x'|x[0]|"x"|$y|'x[$(rm r)]'» «%s|b|'%s' b|-- b»; rm $x
1 x=a; printf «-vx|-v x|-- -v x|%s -v x|"-$(echo v)" x|-$y x» b; rm $x
1 x=a; o=«-v|-r|-rp|x»; «printf|read» $o x b <<< c; rm $x
1 x=a; wait -«n|np|p» x; rm $x; wait $!

[braces]
4 rm «a|∅|"q"|$x»{«plain»,«plain»«∅|,|,{b,c}|,"d e"|,$x|,*|,$(ls)»}«∅|z|{1,2}|"w"»
4 rm {«1..3|3..1|01..3|-1..1|1..5..2|5..1..-2|a..e|e..a..2|A..C|-01..1|1..3..0|+1..3|0x1..3|1..a|a..1|1_0..12|Z..b|a..C|é..ï|..|1..|1..2..|x..y..z»}
2 rm a{b}c {} {a} {,} {a,b {a,b}} a,b} '{a,b}' "{a,b}" \{a,b} {a\,b,c} ${x}{a,b} {a,b}$x
1 cat < a{.txt,} ; rm x > {o,p}; x={a,b}; rm $x; for i in {1..3}; do rm $i; done
1 {rm,x,y}; «known»{,} a; {ls,-l}
1 rm $x{a,b} ${x}{1..2} {$x,${y}} {$(ls),b} {`ls`,c} $((1)){a,b}

[tildes]
3 rm «~|~/n|~+|~-|~+/x|~-/x|~u|~u/x|~0|~1|"~"|\~|~"/n"|~/"n"|~$x|a~|~/*|a=~|a:~|x=a:~/n|--p=~/n|=~|~:~|~/{a,b}»
2 HOME=«/etc|sub|$x|'a b'|∅»; rm ~ ~/x; cd; rm y
2 HOME=/etc «cd|bash -c 'rm ~/x'|eval 'rm ~/x'|rm ~/x»; rm ~/y
1 x=~; y=~/n:~/m; rm $x "$y"; export z=~/q; rm $z
1 unset HOME; rm ~; bash -c 'rm ~'; cd; rm x
1 for i in ~ ~/n; do rm $i; done; case ~ in ~) rm t;; esac; [[ -f ~/n ]] && cat < ~/n

[globs]
3 rm «*|?|*.txt|[ab].txt|[!a]*|[^a]*|sub/*|*/*|[[:alpha:]]*|a*b|"*"|\*|'['*|[a|a]|[]a]*|.*|**|**/*.py|-*|./*»
2 shopt -s «nullglob|dotglob|globstar|extglob|failglob|nocaseglob|nullglob failglob»; rm «*.zz|*|**|.*|*.txt»
1 set «-f|-o noglob|+f»; rm «*|[a].txt»; cat *
2 x=«*|'*.txt'|"a*"|'[ab].txt'»; rm $x "$x" ${x}; for i in $x; do rm $i; done
1 shopt -s extglob¶rm «!(a.txt)|@(a¦b).txt|*(a)|?(a).txt|+([a-z])»
1 GLOBIGNORE=«*.txt|*»; rm *
1 for i in *.txt sub/*; do rm "$i" $i; done; cat < *.zz; x=*; rm $x; a=(*); rm "${a[@]}"

[cases]
3 x=a; case «plain» in «*|a*|x¦y|$x|'*'») «line» «;;|;&|;;&»¶ «*|b») «line»;; esac; rm $x
2 case «argument» in («plain») x=b;& «plain») rm $x;; *) rm «plain»;; esac
2 case $((«expression»)) in 1) «line»;; "$(ls)") «line»;; esac
1 case x in esac; case x in¶ # c¶x)¶ ;; esac; «line»
1 case a in a) case b in b) «line»;; esac;& c) «line»; esac
1 shopt -s nocasematch; case A in a) rm x;; [!b]) rm y;; [[:upper:]]) rm z;; esac
1 x=a; case ${x:=b} in "${y:=c}") rm $y;; *) rm $y;; esac; rm $y

[loops]
3 for «name» in «argument» «argument»; do «line»; «break|continue|x=b|:|break 2»; done; rm $x
3 x=a; while «false|ls|read x|:|[ -f o ]|cd sub»; do rm $x; «x=b|cd ..|cd sub|y=$x|f() { rm z; }|break»; «line»; [ $x ] && break; done < a.txt; cat $x
2 until «true|ls»; do «line»; break; done; rm x
2 for ((n=«0|1|x»; n<«2|n|3»; n«++|+=1|<<=1»)); do rm $n; x=$n; «∅|break|continue»; done; rm $x $n
1 for ((;;)); do «line»; break; done; for ((i=0,j=1;i<1;i++,j--)) { rm $i; }
2 cd sub/deep && for i in 1 2 3 4; do rm x; cd ..; done
1 cd sub/deep && while :; do (rm x); cd ..; done
1 for i in a b; do for j in c d; do rm $i$j; continue 2; done; rm $i; done
1 select «name» in a b; do rm $x $REPLY; break; done «<<< 1|< a.txt»
1 for i in 1 2 3; do case $i in 2) break;; esac; rm $i; done; for i; do rm $i; done
1 while read x; do for y in 1 2; do rm $x$y; done; done < a.txt > o
1 x=a; for y in 1 2 3; do rm $z; z=$x; x=$y; done

[conditions]
3 [[ «! |(|∅»«-v|-n|-z|-f|-R|-o|-t» «x|arr[0]|'a[$(rm r)]'|a[$(rm r)]|$x|"$x"|arr[@]|1» «∅|)|&& -v x|¦¦ a» ]] && rm t
3 [[ «1|x|$x|"$x"|'a[$(rm r)]'|n+1|$((1))|"x"|$(ls)» «-eq|-lt|-ge|==|!=|=~|<|>|-nt|=» «1|x|"1"|$n|a*|"b"|(a¦b)|'a[$(rm r)]'» ]] && rm t
3 «[|test» «-v|-n|! -v|"-v"|\-v|'-v'|$o|"$o"|-z -a -v» «x|'a[$(rm r)]'|"$x"|$x|arr[0]|a» «]|∅| -a 1 ]» && rm t
2 o=«-v|-n|'-v a'|!»; «[|test» $o «'a[$(rm r)]'|x|"$x"» «]|∅» ; rm t
2 read o «< a.txt|<<< -v»; «[|test» "$o" «'a[$(rm r)]'|x|"$x"|= y|-gt 1» «]|∅»; rm t
2 [ «-f|-d|-e|-n|-z» «argument» ] «&&|¦¦» rm t; test «condition» && rm u
1 [[ -f a.txt && ( -d sub ¦¦ ! -e x ) ]] && rm t «redirect»
1 [[ $(ls) == *a* && "$x" ]] ; [[ -z ${x:=b} ]]; rm $x
1 [[ a =~ (a) ]] && rm "${BASH_REMATCH[1]}"; [[ a¶&&¶b ]] && rm t
1 [[ x ]]; [[ ! x ]]; [[x]]; [ ]; [ x; [ ! ]; test; test !; rm t

[arithmetic]
4 «n=1|n=x|x=1|n='x=5'|n='a[$(rm r)]'|:»; ((«expression»)); rm $n $x
3 x=1; ((«x<<=1|x>>=1|x=5|x++|--x|x+=2|x?x=3:0|x==1|x<=2|y=x=4|x*=2,x-=1|x^=1|x\|=2|!x|~x|'x=2'|"x=2"|$x=2»)); rm $x $y
2 n=«1|08|x|-1|'1+1'|'a[$(rm r)]'|$(ls)|"$y"»; rm $((n)) $((n+1)) $(( $n )) $[n] $((${n}))
2 let «n=5|'n = 5'|n++|"n<<=2"|'a[$(rm r)]'|n=1 x=2»; rm $n $x
1 arr=(1); ((arr[«0|n|$(rm r)|'$(rm r)'»]++)); rm "${arr[@]}"
2 declare -i n=«1|1+1|x|'a[$(rm r)]'»; n=«2|x|1+1|'a[$(rm r)]'»; rm $n
2 «SECONDS|RANDOM|OPTIND|LINENO|BASHPID|HISTCMD|EPOCHSECONDS|SRANDOM»=«1|x|'a[$(rm r)]'|$(ls)|∅»; rm x
1 rm $((16#ff)) $((010)) $((1<<2)) $(( 1 ? 2 : 3 )) $(((1)+(2))) $((x=7)); rm $x
1 if ((n)); then rm a; fi; while ((n-->0)); do rm $n; done; for i in $((1)); do rm $i; done
1 ((rm x)); ( (rm y) ); ((ls); rm z); $((ls); rm w)

[processes]
3 «known» «<|>»(«line») «∅|<(«line»)|«redirect»»
2 cat < <(«line») > >(«line»)
2 x=<(ls); rm $x; cat $x; for i in <(ls); do rm $i; done
2 «known» <(x=b; rm $x) ; rm $x; cd sub; cat <(cat a.txt) > >(tee o)
2 coproc «∅|X |x»{ «line»; }; «line»
1 coproc «known» «argument»; rm "${COPROC[0]}"; cat <&"${COPROC[0]}"
1 coproc «while|until» ls; do «line»; break; done
1 coproc («line»); coproc X («line»)
1 coproc X if ls; then «line»; fi; wait $X_PID

[here_documents]
3 «known» «here_document» «redirect»
2 «known» «here_document» ¦ «known» «argument»
2 «known» «here_document» «&&|¦¦|;|&» «known» «argument»
2 «known» «here_document» «here_document» «argument»
2 x=$(cat «inside_here»); rm "$x"
2 «bash|sh|bash -s x|bash -e|dash|cat ¦ sh» <<«E|'E'|-E»¶«line»¶«line»¶E
2 cat <<E¶«here_line»¶«here_line»¶${x:-«'$(rm r)'|"$(rm r)"|$(rm r)|'q'»}¶E
1 cat <<E-F¶x¶E-F¶rm y
1 «known» «-|-n|a-|-f »<<«-|∅»E¶x¶E
1 while read l; do rm $l; done <<E¶$x¶a b¶E
1 { cat; rm x; } <<E¶«here_line»¶E
1 cat <<E; cat <<F¶a¶E¶b¶F¶rm z
1 f() { cat <<E¶$1¶E¶}; f $(rm x)
1 cat <<\E <<< «argument»¶$(rm r)¶E
1 cat <<E >o && cat <<F >p¶a¶E¶b¶F
1 if cat <<E; then rm x; fi¶a¶E
1 cat <<"" ¶rm x¶¶rm y
1 cat <<< «argument» <<< "«doubled»"

[redirects]
3 exec «3>f|>f|2>f|3<a.txt|<a.txt|3>&1|3<>f|{fd}>f|{fd}<a.txt|&>f|>>f|3>&-|4>f 5>g»; ls >&3; cat <&3; «line»
3 «known» «argument» «redirect» «redirect»
2 «redirect» «known» «redirect»
2 { «line»; } «redirect»; («line») «redirect»; if ls; then «line»; fi «redirect»
2 «>|<|>>|<>|>&|&>»«target»; «line»
2 x=«plain»; x=b > $x; ls > $x; y=a > ${y:-o}; rm $y
1 ls 2>&1 >o 1>&2 2>&- <&- >&$x 3>&1- ; cat <&3-
1 cd sub > $x && rm x; cd sub 2>o; cat < a.txt > a.out
1 ls >«"$x"e|a$((1+1))|$(ls)|~/n|{a,b}|*.zz|-|--|&|'&'|"&1"|>o»
1 «ls|rm x»>o; ls>o 2>p; ls 2 >o; ls 2> o; ls a2>o

[traps]
3 trap «'«line»'|"«line»"|'rm $x'|f|'f x'|'cat a.txt'» «EXIT|0|DEBUG|ERR|RETURN|INT|USR1 EXIT|exit|SIGTERM»; «cd sub|x=b|ls|f() { rm q; }|exit|grep z|kill -USR1 $$|kill $$|set -- b»; «line»
2 f() { ls; }; trap 'f() { rm x; }' «DEBUG|EXIT|ERR»; f; grep x
1 trap; trap -p; trap - EXIT; trap '' INT; trap INT; trap 0; «line»
1 (trap '«line»' EXIT; cd sub); bash -c "trap '«line»' EXIT; cd sub"
1 f() { trap '«line»' RETURN; local x=b; }; x=a; f; rm $x
1 set -«E|T|eE»; trap 'rm x' «ERR|DEBUG»; f() { grep q; }; f
1 x=a; trap 'x=b' «EXIT|DEBUG|ERR»; grep z; rm $x
1 trap 'trap "«line»" EXIT; rm x' EXIT

[evaluation]
3 eval «'«line»'|"«line»"|«line»|-- rm x|'x=b'|'cd sub'|'f() { rm q; }'|eval rm x|"$x"|$x|rm '"a b"'|'rm x' \; ls»; f; rm $x
2 x=«'rm y'|'a; rm y'|'$(rm z)'|'"a b"'»; eval «$x|"$x"|ls $x|"ls $x"|'$x'|'ls "$x"'»
2 x=a; x=b «eval|command eval|builtin eval|.|command|:|export» «'rm $x'|y=1|./a.txt|z»; rm $x
1 «source|.» «a.txt|./b.txt|<(echo rm x)|/dev/stdin <<< 'rm x'|/dev/null|nowhere»; «line»
2 «bash|sh|dash» -c «'«line»'|"«line»"|'x=a; x=b :; rm $x'|'x=a; f() { rm $x; }; x=b f'|'export x=a; rm $x'|'x=a; x=b eval rm q; rm $x'»
1 bash -«ec|uc|xc|lc|fc|kc|nc|O extglob -c|o pipefail -c|+B -c» 'rm {a,b} x=1'
1 env «-S 'rm x'|-S'rm $HOME'|-C sub rm x|--chdir=sub rm x|-i rm x|-u HOME bash -c 'rm ~'|FOO=1 BAR=2 rm x|-- rm x|- rm x»
1 «ls|echo a b» ¦ xargs «∅|-n1|-I{}|-0|-t|-P2|-L1|-d '\n'» «rm|rm {}|sh -c 'rm "$1"' x|bash -c 'rm $0'|env rm|cat»
1 find . ¦ xargs rm; ls ¦ xargs -I% sh -c 'rm %'

[builtins]
2 command «-p|-v|-V|-pv|--|-p --|∅» «known» «argument»
2 builtin «cd sub|echo x|eval 'rm x'|rm x|command rm x|read x|export x=1|pwd»; rm x
2 enable «-n test|-n echo|-f ./x.so y|-a|∅|test»; «test x|echo y|ls»
2 hash «-p /bin/rm ls|-r|ls|-d ls|-t ls|-l|∅»; ls x
2 jobs «-x rm x|-l|-p|-x ls %1|∅|-lx rm y»
2 «pushd|cd» «sub|/tmp|..|nowhere|+1|-n sub|"$x"|∅»; rm x; «popd|popd +0|pushd|dirs -c|cd -»; rm y
1 pushd sub && rm x && popd && rm y; pushd sub; pushd deep; rm z; popd; rm w; popd; rm v
1 «type|help|times|ulimit|umask|suspend|logout|caller|dirs» «∅|rm|-a»; «line»
1 «kill|disown|wait|fg|bg» «∅|%1|-0 $$|$!»; ls & «wait|disown|wait $!|fg»; «line»
1 «complete|compgen» «-C 'rm x' y|-W 'a b'|-F f x|-c»; bind -x '"a": rm x'; fc -l; history
1 exit «∅|1|$x|--help|1 2|"$?"|-1|abc|*|{1,2}»; «line»
2 cd «nowhere|sub|$x» ¦¦ exit «∅|1|$x|--help|1 2|"$?"|abc|$(ls)|*»; rm x
1 return «∅|1»; break; continue 2; shift 9; rm x

[modes]
3 set «-e|-u|-a|-n|-x|-o pipefail|-o posix|-o pipefail -k|-eo pipefail +B|-f|-P|-k|-v|-C|-h|-m|+H|-o xtrace -o noglob|-euxo pipefail|-o|+o|-B|-t|-p|-o nounset -f»; x=«plain»; x=b :; rm $x {a,b} k=v *.txt
2 shopt -«s|u|q|p|so|uo» «nullglob|extglob|expand_aliases|lastpipe|autocd|cdable_vars|extdebug|compat31|inherit_errexit|sourcepath|xpg_echo|noglob|posix|nocasematch|patsub_replacement|execfail|globskipdots|checkhash|assoc_expand_once|varredir_close|localvar_inherit|checkwinsize|progcomp|huponexit»; x=a; echo b ¦ read x; rm $x *; «line»
2 «PS4|PROMPT_COMMAND|BASH_ENV|ENV|SHELLOPTS|BASHOPTS|POSIXLY_CORRECT|BASH_COMPAT|GLOBIGNORE|CDPATH|IFS|EXECIGNORE|BASH_CMDS|BASH_ALIASES|FUNCNEST|TMOUT|LC_ALL|LANG|TEXTDOMAIN|histchars|BASH_XTRACEFD|HISTFILE|FIGNORE»=«'$(rm x)'|a.txt|1|xtrace|∅|/tmp|sub|/project/a.txt|posix|C|*»; «set -x; ls|bash -c ls|cd sub; rm y|ls *|x=a; x=b :; rm $x|sh -c ls»
2 «BASH_ENV=a.txt|ENV=a.txt|SHELLOPTS=xtrace|PS4='$(rm r)'|POSIXLY_CORRECT=1|BASHOPTS=extglob|IFS=a|CDPATH=/tmp|HOME=/etc|LC_ALL=C» «bash -c|sh -c|bash -xc|eval» «'«line»'|'cd sub; rm x'|'rm ~/x'»
1 BASH_CMDS=([ls]=/bin/rm); ls x; BASH_ALIASES[ls]=rm; ls y
1 rm «$_|"$_"|$-|$?|$$|$!|$0|$BASHPID|$PPID|$UID|$RANDOM|$SECONDS|$LINENO|$BASH_VERSION|$HOSTNAME|$SHLVL|$OSTYPE|$FUNCNAME|$BASH_SOURCE|$PIPESTATUS|$COLUMNS»; ls a; rm $_
1 «RANDOM|SHLVL|COLUMNS|LINES|HOSTNAME|PWD|OLDPWD|BASH_SOURCE|FUNCNAME|PIPESTATUS|REPLY|OPTARG|DIRSTACK|BASH_VERSION|_»=q; ls; rm $«RANDOM|SHLVL|COLUMNS|LINES|HOSTNAME|PWD|OLDPWD|BASH_SOURCE|FUNCNAME|PIPESTATUS|REPLY|OPTARG|DIRSTACK|BASH_VERSION|_»
1 command_not_found_handle() { rm x; }; nosuch y; «line»
1 export -n x; x=1; export x; «mytool|bash -c 'rm $x'»; x=2; mytool y

[layout]
2 «rm|cat|git» \¶ «plain» \¶	«plain»¶«line»
2 «known»	«plain»	«plain»	; 	«line»«	|∅»
2 # «line»¶«line» # «line»¶«known» «plain»#«plain» #¶;# x
2 ls «¦|&&|¦¦»¶# c¶«known» x # d¶«line»
2 ls ¦ cat ¦ head «∅|# c»¶«known» x «&&|¦¦|¦» «known» y¶«line»
2 «known» a ¦ «known» b ¦ «known» c¶¶«known» d ¦ «known» e ¦ «known» f¶«known» g ¦¦ «line»
1 r\¶m x; rm a\¶b "c\¶d" 'e\¶f' $\¶HOME ${x\¶}
1 «rm x|ls»\r¶«line»\r
1 if ls # c¶then # d¶«line» # e¶else¶«line»¶fi # f
1 f() # c¶{¶«line»¶} # d¶f
1 «time|time -p|!|time !|! !|time --|! time» «known» x; time («line»); time { «line»; }; ! { «line»; }
1 ls & «known» x & wait; { ls & } ; (ls &) ; ls &¶«line»
1 {¶«line»¶}¶(¶«line»¶)¶if ls¶then¶«line»¶fi
1 ls; ; rm x¶ls ;; rm y¶& rm z
1 «known» «plain»;«known» «plain»&&«known» «plain»¦¦«known» «plain»&«known» «plain»
1 { rm x; }; {rm,x}; { rm y }; } ; }rm; {rm z; }
1 «for|while|if|case|{|}|do|done|fi|then|esac|in|function|select|time|coproc|[[|!» x; \if x; 'for' y; "done"; rm if then
"""

CONSTRUCTS: Mapping[str, tuple[Alternative, ...]] = read_symbols(_TEXT)
"""Name of a construct -> ways to use it."""
