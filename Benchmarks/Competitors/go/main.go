// golang-jwt as a competitor: Competitor.swift has the requests.
package main

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"runtime"
	"strings"
	"time"

	"github.com/golang-jwt/jwt"
)

// Set by the linker.
var version = "?"

type competitor struct {
	method   jwt.SigningMethod
	parser   *jwt.Parser
	key      interface{}
	audience string
}

func (p *competitor) prepare(signs bool, algorithm, key, audience string) (err error) {
	p.method = jwt.GetSigningMethod(algorithm)
	p.parser = jwt.NewParser(jwt.WithValidMethods([]string{algorithm}))
	p.audience = audience
	text := []byte(key)
	switch {
	case p.method == nil:
		err = errors.New("no " + algorithm)
	case algorithm == "HS256":
		p.key = text
	case algorithm == "RS256" && signs:
		p.key, err = jwt.ParseRSAPrivateKeyFromPEM(text)
	case algorithm == "RS256":
		p.key, err = jwt.ParseRSAPublicKeyFromPEM(text)
	case algorithm == "ES256" && signs:
		p.key, err = jwt.ParseECPrivateKeyFromPEM(text)
	case algorithm == "ES256":
		p.key, err = jwt.ParseECPublicKeyFromPEM(text)
	case signs:
		p.key, err = jwt.ParseEdPrivateKeyFromPEM(text)
	default:
		p.key, err = jwt.ParseEdPublicKeyFromPEM(text)
	}
	return err
}

func (p *competitor) verify(token string) (*jwt.RegisteredClaims, error) {
	claims := &jwt.RegisteredClaims{}
	_, err := p.parser.ParseWithClaims(token, claims, func(*jwt.Token) (interface{}, error) {
		return p.key, nil
	})
	if err != nil {
		return nil, err
	}
	if claims.ExpiresAt == nil || !claims.VerifyAudience(p.audience, true) {
		return nil, errors.New("no expiry, or another audience")
	}
	return claims, nil
}

func (p *competitor) sign(subject string, expiry int64) (string, error) {
	return jwt.NewWithClaims(p.method, jwt.RegisteredClaims{
		Subject:   subject,
		Audience:  jwt.ClaimStrings{p.audience},
		ExpiresAt: jwt.NewNumericDate(time.Unix(expiry, 0)),
	}).SignedString(p.key)
}

func word(text string) uint64 { return binary.LittleEndian.Uint64([]byte(text)) }

type item struct {
	text   string
	expiry int64
}

func main() {
	input := bufio.NewReaderSize(os.Stdin, 1<<16)
	output := bufio.NewWriter(os.Stdout)
	next := func() string {
		line, err := input.ReadString('\n')
		if err != nil {
			os.Exit(0)
		}
		return strings.TrimSuffix(line, "\n")
	}
	var p competitor
	var items []item
	signs, at := false, 0
	// A randomised signature can't be foreseen: its signing input counts.
	isRandomised, last := false, ""
	for {
		words := strings.SplitN(next(), " ", 2)
		switch words[0] {
		case "describe":
			fmt.Fprintf(output, "golang-jwt\t%s\tGo %s\t%s\n", version, strings.TrimPrefix(runtime.Version(), "go"),
				"one Parser with RegisteredClaims and NewWithClaims; keys parsed once; crypto by Go's own library")
		case "tokens":
			var operation, algorithm, audience string
			var keyLines, count int
			fmt.Sscan(words[1], &operation, &algorithm, &audience, &keyLines, &count)
			lines := make([]string, keyLines)
			for i := range lines {
				lines[i] = next()
			}
			signs, isRandomised = operation == "sign", algorithm == "ES256"
			items = make([]item, count)
			for i := range items {
				items[i].text = next()
				if signs {
					fmt.Sscan(items[i].text, &items[i].text, &items[i].expiry)
				}
			}
			if err := p.prepare(signs, algorithm, strings.Join(lines, "\n"), audience); err != nil {
				fmt.Fprintln(output, "no", err)
			} else {
				fmt.Fprintln(output, "ok")
			}
		case "judge":
			if _, err := p.verify(words[1]); err != nil {
				fmt.Fprintln(output, "refused")
			} else {
				fmt.Fprintln(output, "accepted")
			}
		case "make":
			for _, it := range items {
				token, _ := p.sign(it.text, it.expiry)
				fmt.Fprintln(output, token)
			}
		case "run":
			var count int
			fmt.Sscan(words[1], &count)
			var sum uint64
			start := time.Now()
			for i := 0; i < count; i++ {
				if signs {
					if token, err := p.sign(items[at].text, items[at].expiry); err == nil {
						end := len(token)
						if isRandomised {
							end = strings.LastIndexByte(token, '.')
						}
						sum += word(token[end-8:])
						last = token
					}
				} else if claims, err := p.verify(items[at].text); err == nil {
					sub := claims.Subject
					sum += word(sub[:8]) + word(sub[len(sub)-8:]) + uint64(claims.ExpiresAt.Unix())
				}
				if at++; at == len(items) {
					at = 0
				}
			}
			fmt.Fprintf(output, "%d,%d\n", time.Since(start).Nanoseconds(), sum)
		case "last":
			fmt.Fprintln(output, last)
		}
		output.Flush()
	}
}
