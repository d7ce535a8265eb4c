using Rekey.Pki.Algorithms;
using Rekey.Testing.Tokens;
using Rekey.Tokens;
using Rekey.Tokens.Host;
using Rekey.Tokens.Journal;

namespace Rekey.SystemTests.Tokens;

/// <summary>SKF libraries of other binary interfaces, profiles that do not fit, tokens that are full, pulled out or failing.</summary>
public sealed class SkfTroubleTests
{
    private static readonly byte[] Id = [.. "signing"u8];

    [Theory]
    [InlineData("u32-pack1")]
    [InlineData("u32-natural")]
    [InlineData("u64-pack1")]
    [InlineData("u64-natural")]
    public async Task Every_binary_interface_is_recognised_by_itself(string variant)
    {
        using var key = await NewAsync(variant);
        using var module = key.Module();
        using var token = SoftUKey.LogIn(module);

        var pair = token.GenerateSigningPair(Id, "signing", AlgorithmSuite.Sm2);

        using var signing = new TokenSigningKey(token, pair);
        Assert.True(signing.PublicKey.Verify(AlgorithmSuite.Sm2.SignatureOid, "text"u8, signing.Sign("text"u8)));
        Assert.Equal(10, token.GetInfo().TriesLeft);
    }

    [Fact]
    public async Task A_profile_that_does_not_fit_the_library_writes_nothing()
    {
        using var key = await NewAsync("u64-natural");
        key.Control("Yunze 1");
        using var module = key.Module("abi=u32-pack1");

        Assert.Empty(module.ListTokens());
        Assert.Equal(["SKF_ConnectDev", "SKF_GetDevInfo"], key.Calls("Yunze 1").Distinct());
    }

    [Theory]
    [InlineData("abi=u16")]
    [InlineData("nonsense")]
    public async Task A_profile_that_is_none_is_refused(string profile)
    {
        using var key = await NewAsync("u32-pack1");
        using var module = key.Module(profile);

        Assert.Contains(profile, Assert.Throws<TokenException>(module.ListTokens).DriverCode, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Settings_of_a_profile_that_fit_are_taken()
    {
        using var key = await NewAsync("u32-natural");
        using var module = key.Module("abi=u32-natural, sm2=0x20100, envelope=first, application=Rekey");
        using var other = key.Module("application=Another");

        using var token = SoftUKey.LogIn(module);
        Assert.NotNull(token.GenerateSigningPair(Id, "signing", AlgorithmSuite.Sm2));
        Assert.DoesNotContain(other.ListTokens(), t => t.Formatted);
    }

    [Fact]
    public async Task A_profile_s_rules_for_PINs_count_and_its_tries_tell_of_a_wrong_one()
    {
        using var key = await NewAsync("u32-pack1");
        using var module = key.Module("pin=10-10, pin-characters=printable, pin-tries=11");

        using var token = SoftUKey.LogIn(module);
        Assert.Equal((new PinRules(10, 10, PinCharacters.Printable), PinTries.Low, 10), (token.GetInfo().PinRules, token.GetInfo().Tries, token.GetInfo().TriesLeft));
        Assert.Equal(TokenFault.PinNotPossible, Assert.Throws<TokenException>(() => token.Login("Pin-47110"u8)).Fault);
        Assert.Equal(TokenFault.PinNotPossible, Assert.Throws<TokenException>(() => token.Login("Pin 471108"u8)).Fault);
        Assert.Equal(10, token.GetInfo().TriesLeft);
    }

    [Fact]
    public async Task A_token_that_is_pulled_out_says_so_until_it_is_opened_anew()
    {
        using var key = await NewAsync("u32-pack1");
        using var module = key.Module();
        using var token = SoftUKey.LogIn(module);
        token.GenerateSigningPair(Id, "signing", AlgorithmSuite.Sm2);

        key.Control("Yunze 1", "plug 0");
        Assert.Equal(TokenFault.Removed, Assert.Throws<TokenException>(() => token.Sign(Id, AlgorithmSuite.Sm2, "text"u8)).Fault);
        Assert.Empty(module.ListTokens());
        key.Control("Yunze 1", "plug 2");
        Assert.Equal("SKF_EnumContainer SAR_DEVICE_REMOVED (0x0A000023)", Assert.Throws<TokenException>(token.ListPairs).DriverCode);

        using var again = SoftUKey.LogIn(module);
        Assert.NotEmpty(again.Sign(Id, AlgorithmSuite.Sm2, "text"u8));
    }

    [Theory]
    [InlineData("containers 0")]
    [InlineData("space 100")]
    public async Task A_full_token_says_so(string limit)
    {
        using var key = await NewAsync("u32-pack1");
        key.Control("Yunze 1", limit);
        using var module = key.Module();
        using var token = SoftUKey.LogIn(module);

        Assert.Equal(TokenFault.Full, Assert.Throws<TokenException>(() => token.GenerateSigningPair(Id, "signing", AlgorithmSuite.Sm2)).Fault);
    }

    [Fact]
    public async Task A_code_of_the_vendor_s_own_is_kept()
    {
        using var key = await NewAsync("u32-pack1");
        key.Control("Yunze 1", "refuse SKF_ECCSignData 0x0B000101");
        using var module = key.Module();
        using var token = SoftUKey.LogIn(module);
        token.GenerateSigningPair(Id, "signing", AlgorithmSuite.Sm2);

        var thrown = Assert.Throws<TokenException>(() => token.Sign(Id, AlgorithmSuite.Sm2, "text"u8));

        Assert.Equal((TokenFault.Driver, "SKF_ECCSignData 0x0B000101"), (thrown.Fault, thrown.DriverCode));
    }

    /// <summary>A fault while looking must not make a pair look as if it had no key: a flow would remove it.</summary>
    [Theory]
    [InlineData("SKF_ExportPublicKey")]
    [InlineData("SKF_ExportCertificate")]
    public async Task A_key_that_cannot_be_read_is_a_fault_and_not_a_missing_key(string function)
    {
        using var key = await NewAsync("u32-pack1");
        using var module = key.Module();
        using var token = SoftUKey.LogIn(module);
        token.GenerateSigningPair(Id, "signing", AlgorithmSuite.Sm2);
        key.Control("Yunze 1", $"refuse {function} 0x0A000001");

        Assert.Equal($"{function} SAR_FAIL (0x0A000001)", Assert.Throws<TokenException>(token.ListPairs).DriverCode);
    }

    [Fact]
    public async Task A_generation_of_a_renewal_that_was_cut_short_shows_as_debris()
    {
        using var key = await NewAsync("u32-pack1");
        using var module = key.Module();
        using var token = SoftUKey.LogIn(module);
        var id = RenewalKeyId.Of(PairUse.Signing, "00112233445566778899AABBCCDDEEFF", "old"u8).ToBytes();
        key.Control("Yunze 1", "refuse SKF_GenECCKeyPair 0x0A000001");
        Assert.Throws<TokenException>(() => token.GenerateSigningPair(id, "signing", AlgorithmSuite.Sm2));
        key.Control("Yunze 1");

        Assert.True(TokenJournal.IsDebris(Assert.Single(token.ListPairs())));
        token.DeletePair(id);
        Assert.Empty(token.ListPairs());
    }

    [Fact]
    public async Task A_library_that_ends_its_process_costs_the_session_and_no_more()
    {
        using var key = await NewAsync("u32-pack1");
        using var module = key.Module();
        using var token = SoftUKey.LogIn(module);
        key.Control("Yunze 1", "crash-done 4");

        Assert.Equal(TokenFault.ModuleCrashed, Assert.Throws<TokenException>(() => token.GenerateSigningPair(Id, "signing", AlgorithmSuite.Sm2)).Fault);

        key.Control("Yunze 1");
        using var again = SoftUKey.LogIn(module);
        Assert.Equal(Id, Assert.Single(again.ListPairs()).Id);
    }

    [Fact]
    public async Task A_library_that_hangs_is_ended_after_its_limit()
    {
        using var key = await NewAsync("u32-pack1");
        using var module = key.Module(limits: HostLimits.Default with { Use = TimeSpan.FromSeconds(1) });
        using var token = SoftUKey.LogIn(module);
        key.Control("Yunze 1", "hang 1");

        Assert.Equal(TokenFault.ModuleTimedOut, Assert.Throws<TokenException>(token.ListPairs).Fault);

        key.Control("Yunze 1");
        using var again = SoftUKey.LogIn(module);
        Assert.Empty(again.ListPairs());
    }

    private static async Task<SoftUKey> NewAsync(string variant)
    {
        var key = new SoftUKey(variant);
        await key.AddTokenAsync("Yunze 1");
        return key;
    }
}
