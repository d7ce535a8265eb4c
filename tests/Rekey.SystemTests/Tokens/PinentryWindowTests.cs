using System.Diagnostics;
using System.Text;
using Rekey.Agent.Prompts;
using Rekey.Testing;

namespace Rekey.SystemTests.Tokens;

/// <summary>The window that holders see on Debian, on a screen of its own: a person types, confirms, and closes.</summary>
public sealed class PinentryWindowTests : IDisposable
{
    private const string Title = "续证助手";

    private readonly string directory = Directory.CreateTempSubdirectory("rekey-window-").FullName;
    private readonly Process screen;
    private readonly string display;
    private readonly Pinentry pinentry;

    public PinentryWindowTests()
    {
        screen = Process.Start(new ProcessStartInfo("Xvfb", ["-displayfd", "1", "-screen", "0", "800x600x24", "-nolisten", "tcp"])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        display = $":{screen.StandardOutput.ReadLine()}";
        var program = Path.Combine(directory, "pinentry");
        File.WriteAllText(program, $"#!/bin/sh\nDISPLAY={display} exec pinentry-gtk-2 \"$@\"\n");
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(program, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }

        pinentry = new(program, "zh-CN");
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private static PromptText Text => new(Title, "更新证书，请输入 UKey 口令。\n网站：https://ra.example\n100 %", "确定", "取消", "口令：");

    public void Dispose()
    {
        screen.Kill();
        screen.WaitForExit();
        screen.Dispose();
        Directory.Delete(directory, recursive: true);
    }

    [Fact]
    public async Task What_a_person_types_arrives()
    {
        var asking = pinentry.GetPinAsync(Text, Cancel);
        await TypeAsync("type", "--delay", "50", "12%34aB");
        await TypeAsync("key", "Return");

        using var pin = await asking;

        Assert.Equal("12%34aB", Encoding.UTF8.GetString(pin!.Value));
    }

    [Fact]
    public async Task Escape_gives_no_PIN()
    {
        var asking = pinentry.GetPinAsync(Text, Cancel);
        await TypeAsync("key", "Escape");

        Assert.Null(await asking);
    }

    [Theory]
    [InlineData(false, "Return")] // the safe answer has the focus
    [InlineData(true, "Tab", "Return")]
    public async Task A_question_is_answered(bool expected, params string[] keys)
    {
        var asking = pinentry.ConfirmAsync(Text, Cancel);
        await TypeAsync(["key", .. keys]);

        Assert.Equal(expected, await asking);
    }

    [Fact]
    public async Task A_page_that_cancels_closes_the_window()
    {
        using var page = new CancellationTokenSource();
        var asking = pinentry.GetPinAsync(Text, page.Token);
        await TypeAsync("key", "1");

        await page.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => asking);
        // The display takes a window away a moment after the program that had it is gone.
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        patience.CancelAfter(TimeSpan.FromSeconds(20));
        while ((await ExitAsync("xdotool", "search", "--name", Title)).Code != 1)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(50), patience.Token);
        }
    }

    // Waits until the window is there; without a window manager the focus has to be given.
    private async Task TypeAsync(params string[] keys)
    {
        var window = (await RunAsync("xdotool", expected: 0, "search", "--sync", "--onlyvisible", "--name", Title)).Split('\n')[0];
        await RunAsync("xdotool", expected: 0, "windowfocus", "--sync", window);
        await RunAsync("xdotool", expected: 0, keys);
    }

    private async Task<string> RunAsync(string program, int expected, params string[] arguments)
    {
        var (code, output) = await ExitAsync(program, arguments);
        Assert.True(code == expected, $"{program} {string.Join(' ', arguments)}: {code}");
        return output;
    }

    private Task<(int Code, string Output)> ExitAsync(string program, params string[] arguments) =>
        Command.RunAsync(program, new Dictionary<string, string> { ["DISPLAY"] = display }, arguments);
}
