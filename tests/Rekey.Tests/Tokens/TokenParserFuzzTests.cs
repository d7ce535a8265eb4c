using System.Diagnostics;
using System.Globalization;
using System.Text;
using Rekey.Agent.Bridge;
using Rekey.Agent.Prompts;
using Rekey.Contract.Bridge;
using Rekey.Testing.Pki;
using Rekey.Tokens;
using Rekey.Tokens.Host;
using Rekey.Tokens.Journal;
using Rekey.Tokens.Pkcs11;

namespace Rekey.Tests.Tokens;

/// <summary>
/// What comes from a token, a library's process, a window or a web page may be anything: every reader answers or refuses in its own way,
/// and nothing else. <c>REKEY_FUZZ_SECONDS</c> makes each longer, <c>REKEY_FUZZ_SEED</c> repeats one.
/// </summary>
public sealed class TokenParserFuzzTests
{
    private static readonly byte[] Certificate = new TestPki().Issuing.Der;

    private static readonly int Seed = Setting("REKEY_FUZZ_SEED", Random.Shared.Next());

    [Fact]
    public void Certificates_on_a_token() => Fuzz(Certificate, octets =>
    {
        _ = CertificateFields.SpkiOf(octets);
        _ = CertificateFields.UseOf(octets);
        _ = CertificateList.IsHolders(octets);
    });

    [Fact]
    public void Public_keys_on_a_token() => Fuzz(Convert.FromHexString("0441046b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296"), octets =>
    {
        var half = octets.Length / 2;
        _ = TokenObjects.EcSpki(octets[..half], octets[half..]);
        _ = TokenObjects.RsaSpki(octets.AsSpan(0, half), octets.AsSpan(half));
    });

    [Fact]
    public void Ids_on_a_token() => Fuzz(RenewalKeyId.Of(PairUse.Signing, new string('a', 32), Certificate).ToBytes(), octets => RenewalKeyId.TryRead(octets));

    [Fact]
    public void Signatures_of_a_token() => Fuzz(new byte[64], octets => Mechanisms.X509Signature(Rekey.Pki.Algorithms.AlgorithmSuite.P256, octets));

    [Fact]
    public void Frames_of_a_module_host()
    {
        using var good = new MemoryStream();
        HostFrame.Write(good, HostReply.Done with { Token = 1 }, HostJson.Default.HostReply, "abc"u8);
        Fuzz(good.ToArray(), octets =>
        {
            using var stream = new MemoryStream(octets);
            try
            {
                using var frame = HostFrame.Read(stream);
                _ = frame?.Header(HostJson.Default.HostReply);
            }
            catch (InvalidDataException)
            {
                // refused
            }
        });
    }

    [Fact]
    public void Answers_of_a_pinentry() => Fuzz("# hello\nS X\nD 12%2534\nOK done\n"u8.ToArray(), octets =>
    {
        using var assuan = new Assuan(new MemoryStream(octets), Stream.Null);
        try
        {
            using var pin = assuan.GetPinAsync(CancellationToken.None).GetAwaiter().GetResult();
        }
        catch (IOException)
        {
            // refused
        }
    });

    [Fact]
    public void Launch_addresses() => Fuzz(
        Encoding.ASCII.GetBytes(new LaunchAddress("https://ra.example:8443", new string('A', 43)).ToString()),
        octets =>
        {
            var text = Encoding.Latin1.GetString(octets);
            if (LaunchAddress.Parse(text) is { } address)
            {
                Assert.Equal(address, LaunchAddress.Parse(address.ToString()));
                Assert.Equal(address.Origin, new Uri(address.Origin).GetLeftPart(UriPartial.Authority));
            }
        });

    private static void Fuzz(byte[] good, Action<byte[]> read)
    {
        var limit = TimeSpan.FromSeconds(Setting("REKEY_FUZZ_SECONDS", 0)) + TimeSpan.FromMilliseconds(300);
        var random = new Random(Seed);
        var began = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(began) < limit)
        {
            var octets = Mutate(good, random);
            try
            {
                read(octets);
            }
            catch (TokenException)
            {
                // refused
            }
            catch (Exception e)
            {
                Assert.Fail($"seed {Seed}, input {Convert.ToHexString(octets)}: {e}");
            }
        }
    }

    private static byte[] Mutate(byte[] good, Random random)
    {
        if (random.Next(8) == 0)
        {
            var noise = new byte[random.Next(0, 200)];
            random.NextBytes(noise);
            return noise;
        }

        var octets = good.ToList();
        for (var changes = random.Next(1, 6); changes > 0 && octets.Count > 0; changes--)
        {
            var at = random.Next(octets.Count);
            switch (random.Next(5))
            {
                case 0: octets[at] = (byte)random.Next(256); break;
                case 1: octets[at] ^= (byte)(1 << random.Next(8)); break;
                case 2: octets.RemoveAt(at); break;
                case 3: octets.Insert(at, (byte)random.Next(256)); break;
                default: octets.RemoveRange(at, octets.Count - at); break;
            }
        }

        return [.. octets];
    }

    private static int Setting(string name, int otherwise) =>
        int.TryParse(Environment.GetEnvironmentVariable(name), CultureInfo.InvariantCulture, out var value) ? value : otherwise;
}
