using System.CommandLine;
using System.Globalization;
using Rekey.Demo;
using Rekey.Pki.Algorithms;

var headless = new Option<bool>("--headless") { Description = "Drive a whole renewal in a browser without a window" };
var language = new Option<string>("--lang") { Description = "zh-CN or en", DefaultValueFactory = _ => "zh-CN" };
language.AcceptOnlyFromAmong("zh-CN", "en");
var date = new Option<string?>("--date") { Description = "The whole institution lives at this date (yyyy-MM-dd)" };
var https = new Option<bool>("--https") { Description = "TLS by the demonstration's own CA" };
var clean = new Option<bool>("--clean") { Description = "Remove all that the demonstration made" };
var algorithm = new Option<string>("--algorithm") { Description = "p256, rsa or sm2: what --headless renews (sm2: a pair on the software UKey)", DefaultValueFactory = _ => "p256" };
algorithm.AcceptOnlyFromAmong("p256", "rsa", "sm2");

var root = new RootCommand("A demonstration institution.") { headless, language, date, https, clean, algorithm };
root.SetAction(async (parsed, cancel) =>
{
    if (parsed.GetValue(clean))
    {
        SchemeHandler.Remove();
        if (Directory.Exists(DemoOptions.Directory))
        {
            Directory.Delete(DemoOptions.Directory, recursive: true);
        }

        Console.WriteLine("Removed .demo and the rekey:// handler.");
        return 0;
    }

    var day = parsed.GetValue(date) is { } text ? DateOnly.ParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture) : (DateOnly?)null;
    var options = new DemoOptions(
        parsed.GetValue(headless), parsed.GetValue(language)!, day, parsed.GetValue(https),
        parsed.GetValue(algorithm) == "rsa" ? AlgorithmSuite.Rsa2048 : AlgorithmSuite.P256, parsed.GetValue(algorithm) == "sm2");
    return options.Headless ? await HeadlessDemo.RunAsync(options, cancel) : await InteractiveDemo.RunAsync(options, cancel);
});
return await root.Parse(args).InvokeAsync();
