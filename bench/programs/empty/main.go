// Command empty is the smallest program: what every other one begins with.
package main

func main() {}
