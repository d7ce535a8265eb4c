using Rekey.Web.Console.Texts;
using static Rekey.Web.Design.Wording;

namespace Rekey.Web.Console;

/// <summary>A time that something has waited, in words.</summary>
internal static class WaitWords
{
    public static string Of(TimeSpan wait) => wait < TimeSpan.FromMinutes(1) ? ConsoleText.Wait_Moment
        : wait < TimeSpan.FromHours(1) ? F(ConsoleText.Wait_Minutes, (int)wait.TotalMinutes)
        : wait < TimeSpan.FromDays(2) ? F(ConsoleText.Wait_Hours, (int)wait.TotalHours)
        : F(ConsoleText.Wait_Days, (int)wait.TotalDays);
}
