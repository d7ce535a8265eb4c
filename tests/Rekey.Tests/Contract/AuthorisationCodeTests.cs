using Rekey.Contract.Download;

namespace Rekey.Tests.Contract;

/// <summary>Reference numbers and authorisation codes: readable, and a slip is found before it costs a try.</summary>
public sealed class AuthorisationCodeTests
{
    private const string Alphabet = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ";

    [Fact]
    public void A_new_code_has_four_groups_of_four_without_lookalikes_and_reads_back()
    {
        for (var i = 0; i < 200; i++)
        {
            var revealed = AuthorisationCode.New().Reveal();
            Assert.Matches("^([2-9A-HJ-NP-Z]{4}-){3}[2-9A-HJ-NP-Z]{4}$", revealed);
            Assert.Null(AuthorisationCode.Read(revealed, out var code));
            Assert.Equal(revealed, code!.Reveal());
        }
    }

    [Fact]
    public void Every_single_wrong_character_and_every_exchange_of_two_neighbours_is_found()
    {
        var code = AuthorisationCode.New().Reveal().Replace("-", "", StringComparison.Ordinal);
        for (var i = 0; i < code.Length; i++)
        {
            foreach (var other in Alphabet.Where(c => c != code[i]))
            {
                Assert.Equal(CodeFaultKind.Mistyped, AuthorisationCode.Read(code[..i] + other + code[(i + 1)..], out _)?.Kind);
            }

            foreach (var distance in (int[])[1, 2])
            {
                var j = i + distance;
                if (j < code.Length && code[i] != code[j])
                {
                    var exchanged = code.ToCharArray();
                    (exchanged[i], exchanged[j]) = (exchanged[j], exchanged[i]);
                    Assert.Equal(CodeFaultKind.Mistyped, AuthorisationCode.Read(new(exchanged), out _)?.Kind);
                }
            }
        }
    }

    [Fact]
    public void Blanks_hyphens_case_and_full_width_do_not_matter()
    {
        var revealed = AuthorisationCode.New().Reveal();
        var wide = new string([.. revealed.Select(c => c == '-' ? '－' : (char)(c + 0xFEE0))]);
        foreach (var typed in (string[])[revealed.ToLowerInvariant(), $" {revealed.Replace('-', ' ')}\n", revealed.Replace('-', '–'), wide])
        {
            Assert.Null(AuthorisationCode.Read(typed, out var code));
            Assert.Equal(revealed, code!.Reveal());
        }
    }

    [Theory]
    [InlineData("K7QM-4XTD-9RWE-2HP", CodeFaultKind.TooShort, 15, null)]
    [InlineData("K7QM-4XTD-9RWE-2HPN2", CodeFaultKind.TooLong, 17, null)]
    [InlineData("K7QM-4XTD-9RWE-2HP0", CodeFaultKind.Strange, 16, '0')]
    [InlineData("", CodeFaultKind.TooShort, 0, null)]
    [InlineData(null, CodeFaultKind.TooShort, 0, null)]
    public void What_is_missing_or_strange_is_said(string? typed, CodeFaultKind kind, int length, char? character)
    {
        Assert.Equal(new CodeFault(kind, length, character), AuthorisationCode.Read(typed, out var code));
        Assert.Null(code);
    }

    [Fact]
    public void A_reference_number_has_eight_digits_and_a_check_digit_that_finds_a_slip()
    {
        for (var i = 0; i < 200; i++)
        {
            var number = ReferenceNumber.New();
            Assert.Matches("^[1-9][0-9]{7}$", number);
            Assert.Null(ReferenceNumber.Read($"{number[..4]} {number[4..]}", out var read));
            Assert.Equal(number, read);
            for (var at = 0; at < number.Length; at++)
            {
                var other = (char)('0' + ((number[at] - '0' + 1 + (i % 9)) % 10));
                if (other != number[at])
                {
                    Assert.Equal(CodeFaultKind.Mistyped, ReferenceNumber.Read(number[..at] + other + number[(at + 1)..], out _)?.Kind);
                }
            }
        }
    }

    [Fact]
    public void The_check_digit_is_that_of_iso_7064_mod_11_10()
    {
        Assert.Null(ReferenceNumber.Read("12345672", out var number)); // worked out by hand
        Assert.Equal("12345672", number);
    }

    [Fact]
    public void A_code_never_prints_itself() => Assert.Equal("***", $"{AuthorisationCode.New()}");

    [Fact]
    public void The_proof_is_of_both_codes_and_the_hash_of_the_proof()
    {
        Assert.Null(AuthorisationCode.Read(AuthorisationCode.New().Reveal(), out var code));
        var proof = code!.ProofFor("20264471");
        Assert.Equal(proof, code.ProofFor("20264471"));
        Assert.NotEqual(proof, code.ProofFor("20264472"));
        Assert.NotEqual(proof, AuthorisationCode.HashOf(proof));
    }
}
