using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Rekey.Testing;
using Rekey.Testing.Tokens;

namespace Rekey.SystemTests.Tokens;

/// <summary>The software UKey as programs in C meet it.</summary>
public sealed partial class SoftUKeyTests
{
    private const string Good = "00000000"; // SAR_OK
    private const string Timeout = "0A00000F"; // SAR_TIMEOUTERR
    private const string Wrong = "0A000024"; // SAR_PIN_INCORRECT
    private const string Locked = "0A000025"; // SAR_PIN_LOCKED

    [Theory]
    [InlineData("u32-pack1")]
    [InlineData("u32-natural")]
    [InlineData("u64-pack1")]
    [InlineData("u64-natural")]
    public async Task Every_function_does_what_it_should_in_every_variant(string variant)
    {
        using var key = new SoftUKey(variant);
        key.AddDevice("alpha");
        key.AddDevice("beta");

        Assert.Equal((0, "all driven\n"), await Command.RunAsync(await SkfPrograms.DriveAsync(variant), key.Variables));
    }

    [Fact]
    public async Task The_library_has_the_header_s_functions_and_no_others()
    {
        var declared = Declared().Matches(await File.ReadAllTextAsync(SkfPrograms.Header, TestContext.Current.CancellationToken)).Select(m => m.Groups[1].Value);
        var (_, symbols) = await Command.RunAsync("nm", "-D", "--defined-only", SoftUKey.Library);

        Assert.Equal(declared.Order(StringComparer.Ordinal), Exported().Matches(symbols).Select(m => m.Groups[1].Value).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Killed_at_any_moment_a_device_is_whole()
    {
        using var key = await NewAsync();
        for (var round = 0; round < 25; round++)
        {
            using var changing = await SkfPrograms.StartToolAsync(key, "change", "alpha");
            await Task.Delay(RandomNumberGenerator.GetInt32(1, 200), TestContext.Current.CancellationToken);
            Assert.False(changing.HasExited); // it changes without end, unless a call fails
            changing.Kill();
            await changing.WaitForExitAsync(TestContext.Current.CancellationToken);

            Assert.Equal((0, ""), await SkfPrograms.RunToolAsync(key, "check", "alpha"));
        }
    }

    [Fact]
    public async Task A_PIN_is_locked_for_all_processes_when_its_tries_are_used_up()
    {
        using var key = await NewAsync();
        foreach (var left in new[] { 2, 1, 0 })
        {
            Assert.Equal((0, $"{Wrong} {left}"), await SkfPrograms.RunToolAsync(key, "pin", "alpha", "wrong-pin"));
        }

        Assert.Equal((0, $"{Locked} 0"), await SkfPrograms.RunToolAsync(key, "pin", "alpha", "user-pin"));
    }

    [Fact]
    public async Task Two_processes_that_lock_the_device_lose_nothing()
    {
        using var key = await NewAsync();

        var counts = await Task.WhenAll(SkfPrograms.RunToolAsync(key, "add", "alpha", "40"), SkfPrograms.RunToolAsync(key, "add", "alpha", "40"));

        Assert.All(counts, c => Assert.Equal(0, c.ExitCode));
        Assert.Equal(80, counts.Max(c => int.Parse(c.Output, CultureInfo.InvariantCulture)));
    }

    [Fact]
    public async Task A_locked_device_is_waited_for_no_longer_than_asked()
    {
        using var key = await NewAsync();
        using var other = await StartAsync(key, "ready", "lock", "alpha", "200");
        using var holder = await StartAsync(key, "held", "hold", "alpha");

        Assert.Equal(Timeout, await AnswerAsync(other));
        holder.StandardInput.Close();
        await holder.WaitForExitAsync(TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task A_locked_device_is_free_when_its_process_is_killed()
    {
        using var key = await NewAsync();
        using var other = await StartAsync(key, "ready", "lock", "alpha", "60000");
        using var holder = await StartAsync(key, "held", "hold", "alpha");

        var answer = AnswerAsync(other);
        holder.Kill();
        await holder.WaitForExitAsync(TestContext.Current.CancellationToken);

        Assert.Equal(Good, await answer);
    }

    [Fact]
    public async Task Neither_PIN_nor_private_key_is_readable_in_the_folder()
    {
        using var key = await NewAsync();
        using (var changing = await SkfPrograms.StartToolAsync(key, "change", "alpha"))
        {
            await Task.Delay(500, TestContext.Current.CancellationToken);
            changing.Kill();
            await changing.WaitForExitAsync(TestContext.Current.CancellationToken);
        }

        var state = await File.ReadAllTextAsync(Path.Combine(key.Folder("alpha"), "state.json"), TestContext.Current.CancellationToken);
        var values = Octets(JsonDocument.Parse(state).RootElement).Append(Encoding.UTF8.GetBytes(state)).ToList();

        Assert.True(values.Count > 8);
        Assert.All(values, value =>
        {
            Assert.Equal(-1, value.AsSpan().IndexOf("user-pin"u8));
            Assert.Equal(-1, value.AsSpan().IndexOf("1234567812345678"u8));
            Assert.Equal(-1, value.AsSpan().IndexOf(Convert.FromHexString("3945208F7B2144B13F36E38AC6D39F95")));
        });
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path.Combine(key.Folder("alpha"), "state.json")));
    }

    [Fact]
    public async Task A_state_without_its_device_s_key_opens_with_no_PIN()
    {
        using var key = await NewAsync();
        await File.WriteAllBytesAsync(Path.Combine(key.Folder("alpha"), "device.key"), RandomNumberGenerator.GetBytes(32), TestContext.Current.CancellationToken);

        Assert.Equal((0, $"{Wrong} 2"), await SkfPrograms.RunToolAsync(key, "pin", "alpha", "user-pin"));
    }

    /// <summary>A key with a device, an application and a signing key.</summary>
    private static async Task<SoftUKey> NewAsync()
    {
        var key = new SoftUKey();
        key.AddDevice("alpha");
        var (exitCode, output) = await SkfPrograms.RunToolAsync(key, "setup", "alpha");
        Assert.Equal(0, exitCode);
        Assert.Equal(130, output.Length);
        return key;
    }

    /// <summary>A deed that says where it is and then waits for its input.</summary>
    private static async Task<Process> StartAsync(SoftUKey key, string says, params string[] deed)
    {
        var process = await SkfPrograms.StartToolAsync(key, deed);
        Assert.Equal(says, await process.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken));
        return process;
    }

    private static async Task<string?> AnswerAsync(Process process)
    {
        await process.StandardInput.WriteLineAsync();
        process.StandardInput.Close();
        var answer = await process.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return answer;
    }

    private static IEnumerable<byte[]> Octets(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Object => element.EnumerateObject().SelectMany(p => Octets(p.Value)),
        JsonValueKind.Array => element.EnumerateArray().SelectMany(Octets),
        JsonValueKind.String when element.TryGetBytesFromBase64(out var value) => [value],
        _ => [],
    };

    [GeneratedRegex(@"\b(SKF_\w+)\(")]
    private static partial Regex Declared();

    [GeneratedRegex(@" T (SKF_\w+)")]
    private static partial Regex Exported();
}
